// Sharpness-aware minimisation: the gradient is taken where the loss is about the highest around the weights. (Foret et
// al. 2021; adaptive: Kwon et al. 2021)

#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "spec/field.h"

namespace dlrun {

struct Sam final : Params {
  double rho = 0.05;
  bool adaptive = false;

  std::vector<Field> fields() override;

  // Moves parameters, in groups of flat buffers, along their gradients: by rho in all. Reads nothing from the device.
  void climb(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients) const;
};

}  // namespace dlrun
