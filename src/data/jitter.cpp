// Jitter: normal noise on every number of a series. (Um et al. 2017)

#include <cmath>

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// Weights of a Gaussian over neighbouring steps, which leave the deviation of independent noise as it is.
std::vector<double> weights_of(double smooth) {
  if (smooth == 0) return {1.0};
  const int64_t reach = static_cast<int64_t>(std::ceil(4 * smooth));
  std::vector<double> weights;
  double energy = 0;
  for (int64_t step = -reach; step <= reach; ++step) {
    const double distance = static_cast<double>(step) / smooth;
    weights.push_back(std::exp(-distance * distance / 2));
    energy += weights.back() * weights.back();
  }
  for (double& weight : weights) weight /= std::sqrt(energy);
  return weights;
}

struct Jitter final : Augmentation {
  double std = 0.03;
  double smooth = 0.0;

  std::vector<Field> fields() override {
    return {
        field("std", std, "Deviation of the noise, in the unit of the samples.", at_least(0)),
        field("smooth", smooth,
              "Deviation, in steps, of the Gaussian that independent noise is smoothed by; 0: not at all. The noise "
              "keeps its own deviation.",
              at_least(0), at_most(1000))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("jitter", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor series = copy_of_series("jitter", batch["input"]);
    const std::vector<double> weights = weights_of(smooth);
    const int64_t length = series.size(-1), rows = series.numel() / series.size(0) / length;
    std::vector<double> noise(static_cast<size_t>(length) + weights.size() - 1);  // also before and behind the series
    for (int64_t i = 0; i < series.size(0); ++i) {
      Random random = draws.row(i);
      for (int64_t row = i * rows; row < (i + 1) * rows; ++row) {
        float* values = series.data_ptr<float>() + row * length;
        for (double& number : noise) number = std * random.normal();
        for (int64_t t = 0; t < length; ++t)
          for (size_t k = 0; k < weights.size(); ++k)
            values[t] += static_cast<float>(weights[k] * noise[static_cast<size_t>(t) + k]);
      }
    }
    batch.set("input", series);
  }
};

const Registered<Augmentation, Jitter> jitter_entry{"jitter", "Adds normal noise to every number of a series."};

}  // namespace
}  // namespace dlrun
