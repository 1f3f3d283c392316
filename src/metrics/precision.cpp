// Precision: the share of samples given to a class that are of it. (sklearn.metrics.precision_score)

#include "metrics/class_counts.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Precision final : AveragedMetric {
  std::string name() const override { return "precision"; }
  double of(const ClassCounts& counts) const override { return counts.given > 0 ? counts.right / counts.given : 0.0; }
};

const Registered<Metric, Precision> precision_entry{"precision",
                                                    "Share of the samples given to a class that are of it."};

}  // namespace
}  // namespace dlrun
