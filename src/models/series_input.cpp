// What networks over series read.

#include "models/series_input.h"

#include "models/shape_error.h"

namespace dlrun {

at::Tensor SeriesInput::channels_first(const at::Tensor& values) const {
  if (values.dim() == 2) return values.unsqueeze(1);
  return steps == 0 ? values.transpose(1, 2) : values;
}

SeriesInput series_input(const std::string& type, const Shapes& shapes) {
  const FieldInfo& input = shapes.input();
  if (shapes.tokens()) shape_error("type", type + " takes series of numbers, but the data holds token ids");
  expect_per_sample(type, shapes);
  const std::vector<int64_t>& sizes = input.sizes;
  if (sizes.empty() || sizes.size() > 2 || input.means == FieldInfo::Means::pixels)
    shape_error("type", type + " takes series [steps] or [channels, steps], but a sample of the data has the shape " +
                            shape_text(sizes));
  if (input.varies()) return {sizes.size() == 2 ? sizes[1] : 1, 0};
  return {sizes.size() == 2 ? sizes[0] : 1, sizes.back()};
}

}  // namespace dlrun
