// Feature noise: a normal draw added to the numbers of a row (Bishop 1995: training with noise is Tikhonov
// regularization).

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct FeatureNoise final : Augmentation {
  double std = 0.1;
  double p = 1.0;

  std::vector<Field> fields() override {
    return {field("std", std, "Deviation of the noise, in the unit of the features (of scaled ones their deviation).",
                  at_least(0)),
            field("p", p, "Chance of a number to get any.", between(0, 1))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("feature_noise", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor rows = copy_of_series("feature_noise", batch["input"]);
    const int64_t size = rows.numel() / std::max<int64_t>(1, rows.size(0));
    for (int64_t i = 0; i < rows.size(0); ++i) {
      Random random = draws.row(i);
      float* values = rows.data_ptr<float>() + i * size;
      for (int64_t k = 0; k < size; ++k)
        if (p == 1.0 || random.chance(p)) values[k] += static_cast<float>(std * random.normal());
    }
    batch.set("input", rows);
  }
};

const Registered<Augmentation, FeatureNoise> feature_noise_entry{"feature_noise",
                                                                 "Adds normal noise to the numbers of a row."};

}  // namespace
}  // namespace dlrun
