// Probabilities of classes as metrics compare them.

#include "metrics/class_chances.h"

namespace dlrun {

at::Tensor log_chances(const at::Tensor& scores, Chances chances) {
  const at::Tensor exact = scores.to(at::kDouble);
  if (exact.size(1) == 1) return at::cat({at::log_sigmoid(-exact), at::log_sigmoid(exact)}, 1);
  if (chances == Chances::softmax) return exact.log_softmax(1);
  const at::Tensor each = at::log_sigmoid(exact);
  return each - each.logsumexp(1, /*keepdim=*/true);
}

at::Tensor ChanceMetric::sums(const at::Tensor& prediction, const at::Tensor& target) const {
  const auto [scores, classes, counts] = scored_classes(prediction, target);
  return sums_of(log_chances(scores, chances_), classes, counts.to(at::kDouble));
}

std::string ChanceMetric::pair_misfit(const at::Tensor& prediction, const at::Tensor& target) const {
  return misfit_of_classes(prediction, target);
}

}  // namespace dlrun
