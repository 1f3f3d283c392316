// Random shift: a series moved along its steps; what leaves at one end comes in at the other (torch.roll).

#include <cstring>

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct RandomShift final : Augmentation {
  int64_t steps = 1;

  std::vector<Field> fields() override {
    return {field("steps", steps, "Most steps to either side; every number of them is as likely.", at_least(0))};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("random_shift", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor series = copy_of_series("random_shift", batch["input"]);
    at::Tensor moved = at::empty_like(series);
    const int64_t length = series.size(-1), rows = series.numel() / series.size(0) / length;
    for (int64_t i = 0; i < series.size(0); ++i) {
      const int64_t drawn = draws.row(i).below(2 * steps + 1) - steps;
      const size_t shift = static_cast<size_t>((drawn % length + length) % length);
      for (int64_t row = i * rows; row < (i + 1) * rows; ++row) {
        const float* from = series.const_data_ptr<float>() + row * length;
        float* to = moved.data_ptr<float>() + row * length;
        const size_t kept = static_cast<size_t>(length) - shift;
        std::memcpy(to + shift, from, kept * sizeof(float));
        std::memcpy(to, from + kept, shift * sizeof(float));
      }
    }
    batch.set("input", moved);
  }
};

const Registered<Augmentation, RandomShift> random_shift_entry{
    "random_shift", "Moves a series along its steps; what leaves at one end comes in at the other."};

}  // namespace
}  // namespace dlrun
