// Normalisation layers by name.

#include "nn/norm.h"

#include <numeric>

#include "nn/batch_norm.h"
#include "nn/group_norm.h"
#include "nn/instance_norm.h"
#include "nn/layer_norm.h"
#include "nn/rms_norm.h"

namespace dlrun {

Rule row_norm_choice() { return one_of("none", "batch", "layer", "rms"); }

std::shared_ptr<Layer> make_row_norm(const std::string& name, int64_t features) {
  if (name == "batch") return std::make_shared<BatchNorm>(features);
  if (name == "layer") return std::make_shared<LayerNorm>(features);
  if (name == "rms") return std::make_shared<RmsNorm>(features);
  TORCH_CHECK(name == "none", "no norm of rows named ", name);
  return nullptr;
}

Rule step_norm_choice() { return one_of("layer", "rms"); }

std::shared_ptr<Layer> make_step_norm(const std::string& name, int64_t features, double eps, bool with_bias) {
  if (name == "layer") return std::make_shared<LayerNorm>(features, eps, with_bias);
  TORCH_CHECK(name == "rms", "no norm of steps named ", name);
  return std::make_shared<RmsNorm>(features, eps);
}

Rule image_norm_choice() { return one_of("none", "batch", "group", "layer", "instance"); }

std::shared_ptr<Layer> make_image_norm(const std::string& name, int64_t channels) {
  if (name == "batch") return std::make_shared<BatchNorm>(channels);
  if (name == "group") return std::make_shared<GroupNorm>(std::gcd(int64_t{32}, channels), channels);
  if (name == "layer") return std::make_shared<GroupNorm>(1, channels);
  if (name == "instance") return std::make_shared<InstanceNorm>(channels);
  TORCH_CHECK(name == "none", "no norm of images named ", name);
  return nullptr;
}

}  // namespace dlrun
