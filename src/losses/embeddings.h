// What losses over embeddings share: places of samples, how far they are apart, and whose class is whose.

#pragma once

#include <ATen/ATen.h>

#include "losses/loss.h"

namespace dlrun {

struct Embedded {
  at::Tensor places;   // [N, width] float
  at::Tensor classes;  // [N] int64
};

// The "embedding" of the answer and the "target" of the truth. Throws UserError(bad_recipe), with the loss's name,
// where the task gives no embedding or the targets are no class for each sample.
Embedded embedded(const char* loss, const Batch& answer, const Batch& truth);

// A weight of its own that the loss finds in the answer, "loss.<name>". Throws UserError likewise.
const at::Tensor& own_weight(const char* loss, const char* name, const Batch& answer);

// [N, width] -> the same directions, of length 1; zeros stay zeros.
at::Tensor directions(const at::Tensor& places);

// [N, width] -> Euclidean distances [N, N], float64: what is left of close places by a difference of products has no
// digits in float. Where two places are one, the distance is 0 and has no slope.
at::Tensor distances(const at::Tensor& places);

// Which samples are of one class [N, N] bool, and which pairs are of two samples.
at::Tensor alike(const at::Tensor& classes);
at::Tensor different_samples(const at::Tensor& classes);

// The mean of `values` where `counts` is true; weight: how many those are.
Weighted mean_where(const at::Tensor& values, const at::Tensor& counts);

}  // namespace dlrun
