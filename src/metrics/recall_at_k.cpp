// Recall at k: the share of samples that have one of their own class among the k nearest others of their split. (Jégou
// et al. 2011; as metric learning measures it since Oh Song et al. 2016)

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr int64_t rows_at_once = 256;  // of the distances, which are as many as samples squared

struct RecallAtK final : Metric {
  int64_t k = 1;

  std::vector<Field> fields() override {
    return {field("k", k, "How many of the nearest samples are looked at.", at_least(1))};
  }

  Merge merge() const override { return Merge::append; }
  std::vector<std::string> names() const override { return {"recall_at_" + std::to_string(k)}; }
  bool higher_is_better(std::string_view) const override { return true; }

  // A sample drawn twice would be its own nearest neighbour.
  bool can_be_redrawn() const override { return false; }

  // embedding [N, width], target [N] int64 -> [N, width + 1]: the place, the class.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    return {at::cat({answer["embedding"].to(at::kDouble), truth["target"].reshape({-1, 1}).to(at::kDouble)}, 1)};
  }

  // Samples that are alone in their class have nobody to find, and do not count.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor rows = joined.front().cpu(), places = rows.narrow(1, 0, rows.size(1) - 1);
    const at::Tensor classes = rows.select(1, rows.size(1) - 1), lengths = places.square().sum(1);
    const int64_t count = rows.size(0), looked_at = std::min(k, count - 1);
    double found = 0.0, asked = 0.0;
    for (int64_t first = 0; first < count && looked_at > 0; first += rows_at_once) {
      const int64_t size = std::min(rows_at_once, count - first);
      // Squared, less the length of the one that asks.
      at::Tensor distance = lengths.unsqueeze(0) - 2 * places.narrow(0, first, size).matmul(places.t());
      const at::Tensor itself = at::arange(first, first + size, at::kLong).unsqueeze(1);
      distance = distance.scatter(1, itself, std::numeric_limits<double>::infinity());
      const at::Tensor nearest = std::get<1>(distance.topk(looked_at, 1, /*largest=*/false));
      const at::Tensor own = classes.narrow(0, first, size).unsqueeze(1);
      const at::Tensor counts = classes.unsqueeze(0).eq(own).sum(1).gt(1);
      const at::Tensor right = classes.index_select(0, nearest.reshape({-1})).reshape(nearest.sizes()).eq(own).any(1);
      found += right.logical_and(counts).sum().item<double>();
      asked += counts.sum().item<double>();
    }
    return {{names().front(), asked > 0 ? found / asked : std::numeric_limits<double>::quiet_NaN()}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &places = answer["embedding"], &target = truth["target"];
    return places.dim() == 2 && target.scalar_type() == at::kLong && target.numel() == places.size(0)
               ? ""
               : "looks for a sample's class among its neighbours, and needs one for each";
  }
};

const Registered<Metric, RecallAtK> recall_at_k_entry{"recall_at_k",
                                                      "Share of samples with one of their class among the nearest."};

}  // namespace
}  // namespace dlrun
