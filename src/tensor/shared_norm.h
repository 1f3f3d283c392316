// Batch normalisation over the rows of all ranks that compute together (torch.nn.SyncBatchNorm).

#pragma once

#include <ATen/ATen.h>

#include "tensor/ranks.h"

namespace dlrun {

// mean, variance [C] float (biased) of `count` values of each channel, become those of the values of all ranks, which
// may have unequally many; the same bits on every rank.
void share_moments(Ranks& ranks, at::Tensor& mean, at::Tensor& variance, double& count);
// The sums over all ranks of two tensors of one shape; these stay what they were.
std::pair<at::Tensor, at::Tensor> shared_sums(Ranks& ranks, const at::Tensor& first, const at::Tensor& second);

// batch_norm(input) while training, with gradients, of the rows of all ranks of the scope (tensor/ranks.h). input
// [N, C, ...] -> the same; weight, bias, running_mean, running_var [C], the last two updated as torch.nn's. The
// gradients of weight and bias are those of this rank's rows, to be added up as those of all parameters are.
at::Tensor shared_batch_norm(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                             at::Tensor& running_mean, at::Tensor& running_var, double momentum, double eps);

}  // namespace dlrun
