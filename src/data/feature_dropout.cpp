// Feature dropout: numbers of a row are lost by chance, to a constant or to another row's (Vincent et al. 2008; Bahri
// et al. 2022: SCARF).

#include "data/augmentation.h"
#include "data/series.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct FeatureDropout final : Augmentation {
  double p = 0.1;
  std::string replacement = "value";
  double value = 0.0;

  std::vector<Field> fields() override {
    return {field("p", p, "Chance of a number to be lost.", between(0, 1)),
            field("replacement", replacement,
                  "What stands in its place: a value, or the same feature of another row of the batch (row).",
                  one_of("value", "row")),
            field("value", value, "That value, in the unit of the features: 0 is the mean of scaled ones.")};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    require_series("feature_dropout", shape);
    return shape;
  }

  void apply(Batch& batch, const Draws& draws) const override {
    const at::Tensor given = batch["input"].contiguous(), rows = copy_of_series("feature_dropout", batch["input"]);
    const int64_t count = rows.size(0), size = rows.numel() / std::max<int64_t>(1, count);
    for (int64_t i = 0; i < count; ++i) {
      Random random = draws.row(i);
      float* values = rows.data_ptr<float>() + i * size;
      for (int64_t k = 0; k < size; ++k) {
        if (!random.chance(p)) continue;
        const int64_t other = replacement == "row" ? random.below(count) : 0;
        values[k] = replacement == "row" ? given.const_data_ptr<float>()[other * size + k] : static_cast<float>(value);
      }
    }
    batch.set("input", rows);
  }
};

const Registered<Augmentation, FeatureDropout> feature_dropout_entry{"feature_dropout",
                                                                     "Loses numbers of a row by chance."};

}  // namespace
}  // namespace dlrun
