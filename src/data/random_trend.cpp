// Random trend: a straight line of a random slope added to a series (tsai's TSRandomTrend).

#include <algorithm>

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RandomTrend final : Augmentation {
  double std = 0.1;

  std::vector<Field> fields() override {
    return {field("std", std,
                  "Deviation of the line's height at the last step, in the unit of the samples: a normal draw for each "
                  "sample. The first step gets the opposite, the middle 0.",
                  at_least(0))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("random_trend", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor series = copy_of_series("random_trend", batch["input"]);
    const int64_t length = series.size(-1), rows = series.numel() / series.size(0) / length;
    const double last = static_cast<double>(std::max<int64_t>(1, length - 1));
    for (int64_t i = 0; i < series.size(0); ++i) {
      const double height = std * draws.row(i).normal();
      for (int64_t row = i * rows; row < (i + 1) * rows; ++row) {
        float* values = series.data_ptr<float>() + row * length;
        for (int64_t t = 0; t < length; ++t)
          values[t] += static_cast<float>(height * (2.0 * static_cast<double>(t) / last - 1.0));
      }
    }
    batch.set("input", series);
  }
};

const Registered<Augmentation, RandomTrend> random_trend_entry{"random_trend",
                                                               "Adds a straight line of a random slope."};

}  // namespace
}  // namespace dlrun
