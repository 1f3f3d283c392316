// What metrics share that need every prediction of numbers beside its target.

#include "metrics/number_rows.h"

namespace dlrun {

std::vector<at::Tensor> NumberRowsMetric::measure(const Batch& answer, const Batch& truth) const {
  const auto rows = [](const at::Tensor& values) { return values.to(at::kDouble).reshape({values.size(0), -1}); };
  return {at::stack({rows(answer["output"]), rows(truth["target"])}, 1)};
}

std::string NumberRowsMetric::misfit(const Batch& answer, const Batch& truth) const {
  const at::Tensor &prediction = answer["output"], &target = truth["target"];
  const bool numbers = at::isFloatingType(prediction.scalar_type()) && at::isFloatingType(target.scalar_type());
  return numbers && prediction.sizes() == target.sizes() ? "" : "compares numbers of one shape";
}

}  // namespace dlrun
