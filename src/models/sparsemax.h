// Softmax's relatives that give most scores a share of 0.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// scores [N, C] float -> shares [N, C], none below 0, each row's add up to 1; the same for scores that are all larger
// by one number. Differentiable; scores whose share is 0 get no gradient.

// The nearest point with such numbers. (Martins and Astudillo 2016)
at::Tensor sparsemax(const at::Tensor& scores);
// Between softmax and that: alpha-entmax for alpha 1.5. (Peters, Niculae and Martins 2019)
at::Tensor entmax15(const at::Tensor& scores);

}  // namespace dlrun
