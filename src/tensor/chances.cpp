// How scores of classes become probabilities.

#include "tensor/chances.h"

namespace dlrun {

at::Tensor probabilities(const at::Tensor& scores, Chances chances) {
  if (scores.size(-1) > 1) return chances == Chances::softmax ? scores.softmax(-1) : scores.sigmoid();
  const at::Tensor second = scores.sigmoid();
  return at::cat({1 - second, second}, -1);
}

}  // namespace dlrun
