// Normalisation layers by the name a recipe gives them.

#pragma once

#include <memory>
#include <string>

#include "nn/layer.h"
#include "spec/field.h"

namespace dlrun {

// For rows [N, features]: none, batch, layer, rms.
Rule row_norm_choice();
std::shared_ptr<Layer> make_row_norm(const std::string& name, int64_t features);

// For the steps of sequences [..., features]: layer, rms.
Rule step_norm_choice();
std::shared_ptr<Layer> make_step_norm(const std::string& name, int64_t features, double eps = 1e-5,
                                      bool with_bias = true);

// For images [N, channels, H, W]: none, batch, group (32 groups, or fewer where 32 does not divide the channels: their
// greatest common divisor), layer (one group), instance (a group for each channel).
Rule image_norm_choice();
std::shared_ptr<Layer> make_image_norm(const std::string& name, int64_t channels);

// "none" makes no layer: a null pointer, which Sequential leaves out.

}  // namespace dlrun
