// Scaling: a series times one random number. (Um et al. 2017)

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Scaling final : Augmentation {
  double std = 0.1;

  std::vector<Field> fields() override {
    return {field("std", std, "Deviation of the factor around 1; a normal draw for each sample.", at_least(0))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("scaling", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor series = copy_of_series("scaling", batch["input"]);
    const int64_t size = series.numel() / series.size(0);
    float* values = series.data_ptr<float>();
    for (int64_t i = 0; i < series.size(0); ++i) {
      const float factor = static_cast<float>(1.0 + std * draws.row(i).normal());
      for (int64_t k = 0; k < size; ++k) values[i * size + k] *= factor;
    }
    batch.set("input", series);
  }
};

const Registered<Augmentation, Scaling> scaling_entry{"scaling", "Multiplies a series by a random number near 1."};

}  // namespace
}  // namespace dlrun
