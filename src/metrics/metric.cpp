// What metrics share: joining, and which of them suit which predictions.

#include "metrics/metric.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "base/error.h"
#include "base/text.h"
#include "spec/catalog.h"

namespace dlrun {

std::string misfit_of(const Metric& metric, const Batch& answer, const Batch& truth) {
  try {
    return metric.misfit(answer, truth);
  } catch (const NoSuchTensor& missing) {
    return "needs '" + missing.name + "', which this task does not give";
  }
}

std::vector<at::Tensor> PairMetric::measure(const Batch& answer, const Batch& truth) const {
  return {sums(answer["output"], truth["target"])};
}

Results PairMetric::values(const std::vector<at::Tensor>& joined) const {
  return {{names().front(), value(joined.front().cpu())}};
}

std::string PairMetric::misfit(const Batch& answer, const Batch& truth) const {
  return pair_misfit(answer["output"], truth["target"]);
}

std::string misfit_of_classes(const at::Tensor& prediction, const at::Tensor& target) {
  const bool one_each = prediction.dim() > 1 && prediction.numel() == target.numel() * prediction.size(-1);
  return at::isIntegralType(target.scalar_type(), false) && one_each
             ? ""
             : "compares the scores of classes with one class index for each";
}

ScoredClasses scored_classes(const at::Tensor& prediction, const at::Tensor& target) {
  const at::Tensor classes = target.reshape({-1}).to(at::kLong);
  return {prediction.detach().reshape({-1, prediction.size(-1)}), classes.clamp_min(0), classes.ge(0)};
}

void join(Metric::Merge merge, std::vector<at::Tensor>& joined, const std::vector<at::Tensor>& more) {
  if (joined.empty()) {
    joined = more;
    return;
  }
  TORCH_CHECK(joined.size() == more.size(), "a metric gave ", more.size(), " tensors, and ", joined.size(), " before");
  for (size_t i = 0; i < joined.size(); ++i)
    joined[i] = merge == Metric::Merge::add ? joined[i] + more[i] : at::cat({joined[i], more[i]});
}

void require_distinct_names(const ChoiceList<Metric>& metrics) {
  std::map<std::string, size_t> first;
  for (size_t k = 0; k < metrics.size(); ++k)
    for (const std::string& name : metrics[k].names()) {
      const auto [place, fresh] = first.emplace(name, k);
      if (fresh) continue;
      throw UserError(
          ExitCode::bad_recipe,
          fmt::format("metrics.{}: gives \"{}\", as metrics.{} does already; one of them would hide the other", k, name,
                      place->second));
    }
}

void require_suitable(const ChoiceList<Metric>& metrics, const Batch& answer, const Batch& truth) {
  const at::Tensor &prediction = answer.items().front().value, &target = truth["target"];
  for (size_t k = 0; k < metrics.size(); ++k) {
    const std::string why = misfit_of(metrics[k], answer, truth);
    if (why.empty()) continue;
    std::vector<std::string> suitable;
    for (const Entry* entry : Catalog::instance().entries(Metric::kind)) {
      const auto metric = std::static_pointer_cast<const Metric>(entry->make());
      if (misfit_of(*metric, answer, truth).empty()) suitable.push_back(entry->name);
    }
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("metrics.{}: {} {}; the predictions are {} [{}], the targets {} [{}]. {}", k,
                                metrics.values[k].type, why, at::toString(prediction.scalar_type()),
                                fmt::join(prediction.sizes(), ", "), at::toString(target.scalar_type()),
                                fmt::join(target.sizes(), ", "),
                                suitable.empty() ? "No metric suits them" : "Suitable: " + join(suitable, ", ")));
  }
}

}  // namespace dlrun
