// Weights of classes.

#include "losses/class_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "base/error.h"
#include "base/log.h"

namespace dlrun {

Field ClassWeightedLoss::class_weights_field() {
  return field("class_weights", class_weights,
               "Weight of each class in the mean, in the order of the classes; empty weighs all alike.", at_least(0));
}

Field ClassWeightedLoss::balance_classes_field() {
  return field(
      "balance_classes", balance_classes,
      "Finds class_weights when the training starts: its samples, divided by classes and by samples of the class.");
}

std::vector<Relation> ClassWeightedLoss::relations() const {
  return {{"balance_classes", "not balance_classes or not given(class_weights)",
           "finds class_weights; give either of the two"}};
}

void ClassWeightedLoss::know_counts(const std::vector<int64_t>& samples_of_class) {
  const double samples =
      static_cast<double>(std::accumulate(samples_of_class.begin(), samples_of_class.end(), int64_t{0}));
  class_weights.clear();
  for (size_t c = 0; c < samples_of_class.size(); ++c) {
    if (samples_of_class[c] == 0)
      throw UserError(ExitCode::bad_data,
                      fmt::format("loss.balance_classes: class {} has no training sample, and no weight makes up for "
                                  "that; give loss.class_weights, or leave the class out",
                                  c));
    class_weights.push_back(samples / (static_cast<double>(samples_of_class.size() * samples_of_class[c])));
  }
  balance_classes = false;
  log_info(fmt::format("loss.balance_classes: class_weights are [{:.6g}], from {} training samples",
                       fmt::join(class_weights, ", "), static_cast<int64_t>(samples)));
}

at::Tensor ClassWeightedLoss::weights_of_classes(int64_t classes, const at::Tensor& scores) const {
  if (class_weights.empty()) return {};
  if (static_cast<int64_t>(class_weights.size()) != classes)
    throw UserError(ExitCode::bad_recipe, fmt::format("loss.class_weights: has {} values, the data have {} classes",
                                                      class_weights.size(), classes));
  const at::TensorOptions options = scores.options().requires_grad(false);
  if (!at::isReducedFloatingType(scores.scalar_type())) return at::tensor(class_weights, options);
  return at::tensor(class_weights, options.dtype(at::kFloat)).to(scores.scalar_type());
}

}  // namespace dlrun
