// Weight norm: a weight as a length and a direction (Salimans and Kingma 2016).

#pragma once

#include <cstdint>

#include "nn/parametrization.h"

namespace dlrun {

// Names and numbers of torch.nn.utils.parametrizations.weight_norm: original0 holds the lengths, original1 the weight
// that only gives the direction. One length for each entry of dimension `dim`; -1: one for the whole weight.
class WeightNorm final : public Parametrization {
 public:
  WeightNorm(const at::Tensor& weight, int64_t dim);
  at::Tensor value() override;

 private:
  at::Tensor lengths() const;  // of direction_, with its dimensions

  int64_t dim_;
  at::Tensor length_, direction_;
};

}  // namespace dlrun
