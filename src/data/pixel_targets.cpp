// Targets that say something of every pixel.

#include "data/pixel_targets.h"

namespace dlrun {

bool of_pixels(const FieldInfo& field, const FieldInfo& pictures) {
  if (pictures.means != FieldInfo::Means::pixels || pictures.sizes.size() != 3 || field.sizes.size() != 2) return false;
  return field.sizes[0] == pictures.sizes[1] && field.sizes[1] == pictures.sizes[2];
}

std::vector<std::string> pixel_targets(const Batch& batch) {
  std::vector<std::string> found;
  const at::Tensor& images = batch["input"];
  for (const Batch::Item& item : batch.items()) {
    const at::Tensor& value = item.value;
    if (item.name == "input" || value.scalar_type() != at::kLong || value.dim() != 3 || images.dim() != 4) continue;
    if (value.size(1) == images.size(2) && value.size(2) == images.size(3)) found.push_back(item.name);
  }
  return found;
}

PixelRows target_rows(const at::Tensor& target, int64_t i) {
  TORCH_CHECK(target.is_contiguous() && target.dim() == 3, "targets of pixels are contiguous [B, H, W]");
  const size_t bytes = target.element_size();
  return {static_cast<char*>(target.data_ptr()) + static_cast<size_t>(i * target.stride(0)) * bytes,
          1,
          target.size(1),
          target.size(2),
          bytes};
}

}  // namespace dlrun
