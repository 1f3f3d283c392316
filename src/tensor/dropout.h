// Dropout while training.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// at::dropout(input, p, true), with gradients of any order: zeroes elements with probability p in [0, 1] and divides
// the others by 1 - p. Float and dense on the CPU it is the operator dlrun::dropout, whose mask is a function of a seed
// that ATen's default generator gives, one draw for a call: it is drawn by all threads, does not depend on their
// number, and is made again in the backward pass instead of being kept. Anything else is left to ATen.
at::Tensor dropout(const at::Tensor& input, double p);

// From now on this thread's masks are those of part `part` of what several processes draw alike: one of its own for
// each. 0 is the whole. Gives what it was before.
int64_t draw_for_part(int64_t part);

}  // namespace dlrun
