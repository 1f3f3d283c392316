// The most alike of many vectors, exactly: products of blocks instead of an index that may miss some.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

struct Neighbour {
  float similarity = -std::numeric_limits<float>::infinity();
  int64_t index = -1;  // of the reference; -1: there are fewer
};

// queries [Q, D], references [R, D] float -> for each query the `count` references with the largest products, largest
// first, equal ones by index: Q * count neighbours. `own`: the reference that a query is itself and that is left out,
// -1 for none; empty for none at all. Takes 2 Q R D operations and a few MiB.
std::vector<Neighbour> most_alike(const at::Tensor& queries, const at::Tensor& references, int64_t count,
                                  const std::vector<int64_t>& own = {});

// Whether a split holds pictures: "input" uint8 [B, C, H, W].
bool has_pictures(const Split& split);
// Pictures as unit vectors without their mean, so that the product of two is the correlation of their pixels [N, ...].
at::Tensor picture_vectors(const at::Tensor& pictures);
// The same of the pictures in grey and 16 x 16 pixels (mean over areas): [N, 256].
at::Tensor picture_descriptors(const Split& split);

}  // namespace dlrun
