// Normalisation layers by name.

#include "nn/norm.h"

#include <numeric>

#include "nn/batch_norm.h"
#include "nn/group_norm.h"
#include "nn/layer_norm.h"

namespace dlrun {

Rule row_norm_choice() { return one_of("none", "batch", "layer"); }

std::shared_ptr<Layer> make_row_norm(const std::string& name, int64_t features) {
  if (name == "batch") return std::make_shared<BatchNorm>(features);
  if (name == "layer") return std::make_shared<LayerNorm>(features);
  TORCH_CHECK(name == "none", "no norm of rows named ", name);
  return nullptr;
}

Rule image_norm_choice() { return one_of("none", "batch", "group", "layer"); }

std::shared_ptr<Layer> make_image_norm(const std::string& name, int64_t channels) {
  if (name == "batch") return std::make_shared<BatchNorm>(channels);
  if (name == "group") return std::make_shared<GroupNorm>(std::gcd(int64_t{32}, channels), channels);
  if (name == "layer") return std::make_shared<GroupNorm>(1, channels);
  TORCH_CHECK(name == "none", "no norm of images named ", name);
  return nullptr;
}

}  // namespace dlrun
