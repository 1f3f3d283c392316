// What losses share: means over weights that only the device knows, and what scores mean.

#include "losses/loss.h"

namespace dlrun {

at::Tensor weight_of(int64_t count, const at::Tensor& like) {
  return at::scalar_tensor(static_cast<double>(count), like.options().dtype(at::kDouble).requires_grad(false));
}

at::Tensor probabilities(const at::Tensor& scores, Chances chances) {
  if (scores.size(-1) > 1) return chances == Chances::softmax ? scores.softmax(-1) : scores.sigmoid();
  const at::Tensor second = scores.sigmoid();
  return at::cat({1 - second, second}, -1);
}

Weighted mean_of(const at::Tensor& sum, const at::Tensor& weight) {
  // A sum of nothing is 0, and stays it whatever it is divided by.
  const at::Tensor divisor = at::where(weight.eq(0), 1.0, weight).to(sum.scalar_type());
  return {sum / divisor, weight.to(at::kDouble)};
}

}  // namespace dlrun
