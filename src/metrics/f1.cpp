// F1: the harmonic mean of precision and recall. (sklearn.metrics.f1_score)

#include "metrics/class_counts.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct F1 final : AveragedMetric {
  std::string name() const override { return "f1"; }
  double of(const ClassCounts& counts) const override {
    return counts.occurs() ? 2 * counts.right / (counts.given + counts.is_true) : 0.0;
  }
};

const Registered<Metric, F1> f1_entry{"f1", "Harmonic mean of precision and recall."};

}  // namespace
}  // namespace dlrun
