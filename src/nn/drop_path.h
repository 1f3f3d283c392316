// Stochastic depth: passes a residual branch by, for whole samples while training (Huang et al. 2016; timm's DropPath,
// torchvision's StochasticDepth by row).

#pragma once

#include "nn/layer.h"

namespace dlrun {

// The branch of a sample that stays is scaled up, so that its mean is that of evaluation. Draws from ATen's default
// generator; p = 0 draws nothing.
class DropPath final : public Layer {
 public:
  explicit DropPath(double probability) : p(probability) {}

  // [N, ...] -> the same
  at::Tensor compute(const at::Tensor& branch) override {
    if (!training() || p == 0) return branch;
    std::vector<int64_t> rows(static_cast<size_t>(branch.dim()), 1);
    rows[0] = branch.size(0);
    const at::Tensor stays = at::rand(rows, branch.options()).lt(1.0 - p).to(branch.scalar_type());
    return branch * stays.div(1.0 - p);
  }

  // Of block `index` of so many: from 0 in the first to `most` in the last, evenly, as the paper and timm have it.
  static double of_block(double most, int64_t index, int64_t blocks) {
    return blocks > 1 ? most * static_cast<double>(index) / static_cast<double>(blocks - 1) : most;
  }

  double p;  // chance that a sample passes the branch by
};

}  // namespace dlrun
