// What an episode brought: the sum of its rewards, a mean over episodes.

#include <ATen/ATen.h>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct EpisodeReturn final : Metric {
  std::vector<Field> fields() override { return {}; }
  std::vector<std::string> names() const override { return {"return"}; }

  // truth "return" [episodes] float.
  std::vector<at::Tensor> measure(const Batch&, const Batch& truth) const override {
    const at::Tensor total = truth["return"].to(at::kDouble);
    return {at::stack({total.sum(), at::scalar_tensor(static_cast<double>(total.numel()), total.options())})};
  }
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor sums = joined[0].cpu();
    return {{"return", sums[0].item<double>() / sums[1].item<double>()}};
  }

  bool higher_is_better(std::string_view) const override { return true; }
  std::string misfit(const Batch&, const Batch& truth) const override {
    return truth.has("return") ? "" : "needs episodes that were played (task dqn)";
  }
};

const Registered<Metric, EpisodeReturn> episode_return_entry{"episode_return",
                                                             "Sum of the rewards of an episode, a mean over episodes."};

}  // namespace
}  // namespace dlrun
