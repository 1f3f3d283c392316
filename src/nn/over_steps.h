// What networks over sequences share: which steps of a padded row are there, and one vector for all of them.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace dlrun {

// true where a position is before its sample's end: [B] int64 -> [B, positions] bool.
at::Tensor within_lengths(const at::Tensor& lengths, int64_t positions);

// values [B, T, F] -> [B, F], over the first lengths [B] steps of each row (from 1 to T), or over all where `lengths`
// is undefined. What stands behind the end changes nothing, whatever it is.
at::Tensor mean_step(const at::Tensor& values, const at::Tensor& lengths);
at::Tensor largest_step(const at::Tensor& values, const at::Tensor& lengths);
at::Tensor last_step(const at::Tensor& values, const at::Tensor& lengths);

}  // namespace dlrun
