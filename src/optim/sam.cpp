// Sharpness-aware minimisation.

#include "optim/sam.h"

namespace dlrun {

std::vector<Field> Sam::fields() {
  return {
      field("rho", rho, "How far from the weights the gradient is taken (L2 norm of the way there).", more_than(0)),
      field("adaptive", adaptive, "Measure that way in shares of each weight (ASAM; rho is then 0.5 to 2)."),
  };
}

void Sam::climb(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients) const {
  std::vector<at::Tensor> norms;
  for (size_t i = 0; i < parameters.size(); ++i)
    norms.push_back(at::linalg_vector_norm(adaptive ? parameters[i].abs().mul_(gradients[i]) : gradients[i]));
  const at::Tensor scale = rho / (at::linalg_vector_norm(at::stack(norms)) + 1e-12);
  for (size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor way = gradients[i] * scale;
    if (adaptive) way.mul_(parameters[i].square());
    parameters[i].add_(way);
  }
}

}  // namespace dlrun
