// Normalisation layers by the name a recipe gives them.

#pragma once

#include <memory>
#include <string>

#include "nn/layer.h"
#include "spec/field.h"

namespace dlrun {

// For rows [N, features]: none, batch, layer.
Rule row_norm_choice();
std::shared_ptr<Layer> make_row_norm(const std::string& name, int64_t features);

// For images [N, channels, H, W]: none, batch, group (32 groups, or fewer where 32 does not divide the channels: their
// greatest common divisor), layer (one group).
Rule image_norm_choice();
std::shared_ptr<Layer> make_image_norm(const std::string& name, int64_t channels);

// "none" makes no layer: a null pointer, which Sequential leaves out.

}  // namespace dlrun
