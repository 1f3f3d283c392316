// Recall: the share of a class's samples that were given to it. (sklearn.metrics.recall_score)

#include "metrics/class_counts.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Recall final : AveragedMetric {
  std::string name() const override { return "recall"; }
  double of(const ClassCounts& counts) const override {
    return counts.is_true > 0 ? counts.right / counts.is_true : 0.0;
  }
};

const Registered<Metric, Recall> recall_entry{"recall", "Share of a class's samples that were given to it."};

}  // namespace
}  // namespace dlrun
