// Pinball loss of one predicted quantile, in the target's own units. (sklearn.metrics.mean_pinball_loss)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "metrics/metric.h"
#include "spec/catalog.h"
#include "tensor/quantile_name.h"

namespace dlrun {
namespace {

struct Pinball final : Metric {
  double quantile = 0.5;

  std::vector<Field> fields() override {
    return {field("quantile", quantile, "Which quantile, one that the loss `quantile` teaches.", more_than(0),
                  less_than(1))};
  }
  std::vector<std::string> names() const override { return {fmt::format("pinball_{}", quantile)}; }
  bool higher_is_better(std::string_view) const override { return false; }

  // Sums: the loss, and how many numbers.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor above = truth["target"].to(at::kDouble) - answer[quantile_name(quantile)].to(at::kDouble);
    const at::Tensor loss = at::maximum(quantile * above, (quantile - 1) * above);
    return {at::stack({loss.sum(), at::scalar_tensor(static_cast<double>(loss.numel()), loss.options())})};
  }
  Results values(const std::vector<at::Tensor>& joined) const override {
    return {{names().front(), joined[0][0].item<double>() / joined[0][1].item<double>()}};
  }
  std::string misfit(const Batch& answer, const Batch& truth) const override {
    return answer[quantile_name(quantile)].sizes() == truth["target"].sizes()
               ? ""
               : "compares a quantile with numbers of its shape";
  }
};

const Registered<Metric, Pinball> pinball_entry{"pinball", "Pinball loss of one predicted quantile."};

}  // namespace
}  // namespace dlrun
