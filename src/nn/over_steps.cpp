// What networks over sequences share.

#include "nn/over_steps.h"

#include <limits>

namespace dlrun {
namespace {

at::Tensor filled_behind(const at::Tensor& values, const at::Tensor& lengths, double filler) {
  return values.masked_fill(within_lengths(lengths, values.size(1)).logical_not().unsqueeze(2), filler);
}

}  // namespace

at::Tensor within_lengths(const at::Tensor& lengths, int64_t positions) {
  return at::arange(positions, lengths.options()).unsqueeze(0).lt(lengths.unsqueeze(1));
}

at::Tensor mean_step(const at::Tensor& values, const at::Tensor& lengths) {
  if (!lengths.defined()) return values.mean(1);
  return filled_behind(values, lengths, 0.0).sum(1) / lengths.unsqueeze(1).to(values.scalar_type());
}

at::Tensor largest_step(const at::Tensor& values, const at::Tensor& lengths) {
  if (!lengths.defined()) return values.amax(1);
  return filled_behind(values, lengths, -std::numeric_limits<float>::infinity()).amax(1);
}

at::Tensor last_step(const at::Tensor& values, const at::Tensor& lengths) {
  if (!lengths.defined()) return values.select(1, values.size(1) - 1);
  const at::Tensor place = (lengths - 1).reshape({-1, 1, 1}).expand({-1, 1, values.size(2)});
  return values.gather(1, place).squeeze(1);
}

}  // namespace dlrun
