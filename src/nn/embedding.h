// A table of vectors, looked up by id.

#pragma once

#include "nn/layer.h"

namespace dlrun {

// weight [count, width], normal(0, 1), as torch.nn.Embedding.
class Embedding final : public Layer {
 public:
  Embedding(int64_t count, int64_t width);
  at::Tensor compute(const at::Tensor& ids) override;  // int64 [...] -> [..., width]

  at::Tensor table() {  // [count, width], all of it
    return pass([this] { return weight; });
  }

  at::Tensor weight;
};

}  // namespace dlrun
