// How many operations (FLOPs) a call of an operator takes.

#pragma once

#include <cstdint>

#include "tensor/tap.h"

namespace dlrun {

// Multiplications and additions of matrix products, convolutions, attention and recurrent layers, forward and backward;
// a multiplication with its addition counts as two. Everything else (norms, nonlinearities, pooling) is memory traffic
// and counts as nothing, as in torch.utils.flop_counter.FlopCounterMode, with which the numbers agree exactly.
// Attention is counted without regard to masks; its fused backward pass computes the scores once more.
int64_t operations(const TappedCall& call);

}  // namespace dlrun
