// What augmentations of series share.

#include "data/series.h"

#include "base/error.h"

namespace dlrun {

void require_series(const std::string& augmentation, const std::vector<int64_t>& shape) {
  if (shape.size() == 1 || shape.size() == 2) return;
  throw UserError(ExitCode::bad_recipe, "augmentation " + augmentation +
                                            ": works on series [steps] or [channels, steps]; these samples have " +
                                            std::to_string(shape.size()) + " dimensions");
}

at::Tensor copy_of_series(const std::string& augmentation, const at::Tensor& values) {
  require_series(augmentation, values.sizes().slice(1).vec());
  if (values.scalar_type() != at::kFloat)
    throw UserError(ExitCode::bad_recipe,
                    "augmentation " + augmentation + ": works on numbers, and these samples are ids of tokens");
  return values.clone(at::MemoryFormat::Contiguous);
}

}  // namespace dlrun
