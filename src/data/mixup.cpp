// Mixup: every sample of a batch becomes a blend of itself and another, and so do their targets (Zhang et al. 2018;
// torchvision's MixUp). Pictures, and samples that are numbers.

#include <cmath>

#include "base/error.h"
#include "data/mixed.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// rows [B, ...], each dense in the same order -> the blend of each with the one before it.
template <class Number>
at::Tensor blended(const at::Tensor& rows, double share) {
  at::Tensor mixed = at::empty_like(rows);
  const int64_t count = rows.size(0), size = count > 0 ? rows.numel() / count : 0;
  const Number* from = rows.const_data_ptr<Number>();
  Number* to = mixed.data_ptr<Number>();
  const float own = static_cast<float>(share), rest = static_cast<float>(1.0 - share);
  for (int64_t i = 0; i < count; ++i) {
    const Number* one = from + i * size;
    const Number* other = from + (i == 0 ? count - 1 : i - 1) * size;
    for (int64_t k = 0; k < size; ++k) {
      const float value = static_cast<float>(other[k]) * rest + static_cast<float>(one[k]) * own;
      to[i * size + k] = static_cast<Number>(std::is_integral_v<Number> ? std::nearbyint(value) : value);
    }
  }
  return mixed;
}

struct Mixup final : Augmentation, MixesSamples {
  double alpha = 1.0;
  double p = 1.0;

  std::vector<Field> fields() override {
    return {
        field("alpha", alpha,
              "A sample keeps a share of itself drawn from Beta(alpha, alpha), one draw for each batch.", more_than(0)),
        field("p", p, "Chance that a batch is mixed.", between(0, 1))};
  }

  void apply(Batch& batch, const Draws& draws) const override {
    at::Tensor rows = batch["input"];
    const bool whole = rows.scalar_type() == at::kByte || rows.scalar_type() == at::kUInt16;
    if (!whole && rows.scalar_type() != at::kFloat)
      throw UserError(ExitCode::bad_recipe, "augmentation mixup: mixes numbers, and these samples are ids of tokens");
    if (batch.rows("input") != Rows::sample)
      throw UserError(ExitCode::bad_recipe, "augmentation mixup: mixes samples of one shape");
    if (draws.samples.empty()) return;
    Random random = draws.row(0);
    if (!random.chance(p)) return;
    const double share = draw_share(random, alpha);
    if (!rows.is_contiguous() && !(rows.dim() == 4 && rows.is_contiguous(at::MemoryFormat::ChannelsLast)))
      rows = rows.contiguous();
    batch.set("input", !whole                            ? blended<float>(rows, share)
                       : rows.scalar_type() == at::kByte ? blended<uint8_t>(rows, share)
                                                         : blended<uint16_t>(rows, share));
    mix_targets("mixup", batch, share);
  }
};

const Registered<Augmentation, Mixup> mixup_entry{"mixup",
                                                  "Blends every sample of a batch, and its target, with another."};

}  // namespace
}  // namespace dlrun
