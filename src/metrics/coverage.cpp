// Coverage: the share of targets between two predicted quantiles, and how far apart these are.

#include <ATen/ATen.h>

#include "metrics/metric.h"
#include "spec/catalog.h"
#include "tensor/quantile_name.h"

namespace dlrun {
namespace {

struct Coverage final : Metric {
  double lower = 0.1, upper = 0.9;

  std::vector<Field> fields() override {
    return {
        field("lower", lower, "The quantile below, one that the loss `quantile` teaches.", more_than(0), less_than(1)),
        field("upper", upper, "The quantile above; upper - lower is the share that should lie between.", more_than(0),
              less_than(1))};
  }
  std::vector<Relation> relations() const override { return {{"upper", "lower < upper", "must be above lower"}}; }
  std::vector<std::string> names() const override { return {"coverage", "interval_width"}; }
  bool higher_is_better(std::string_view name) const override { return name == "coverage"; }

  // Sums: targets from the lower to the upper one, the distance of the two, and how many.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor target = truth["target"].to(at::kDouble);
    const at::Tensor low = answer[quantile_name(lower)].to(at::kDouble),
                     high = answer[quantile_name(upper)].to(at::kDouble);
    const at::Tensor inside = target.ge(low).logical_and(target.le(high)).to(at::kDouble);
    return {at::stack(
        {inside.sum(), (high - low).sum(), at::scalar_tensor(static_cast<double>(target.numel()), target.options())})};
  }
  Results values(const std::vector<at::Tensor>& joined) const override {
    const double count = joined[0][2].item<double>();
    return {{"coverage", joined[0][0].item<double>() / count}, {"interval_width", joined[0][1].item<double>() / count}};
  }
  std::string misfit(const Batch& answer, const Batch& truth) const override {
    for (const double share : {lower, upper})
      if (answer[quantile_name(share)].sizes() != truth["target"].sizes())
        return "compares quantiles with numbers of their shape";
    return "";
  }
};

const Registered<Metric, Coverage> coverage_entry{"coverage", "Share of targets between two predicted quantiles."};

}  // namespace
}  // namespace dlrun
