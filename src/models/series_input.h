// What networks over series read: one sample of numbers, its channels and its steps.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>

#include "models/architecture.h"

namespace dlrun {

// A sample is [steps], [channels, steps] or, where lengths differ, [-1] or [-1, channels].
struct SeriesInput {
  int64_t channels = 1;
  int64_t steps = 0;  // 0: differs from sample to sample

  // [N, steps], [N, channels, steps] or padded [N, T, channels] -> [N, channels, T]
  at::Tensor channels_first(const at::Tensor& values) const;
};

// Throws UserError(bad_recipe) for anything but numbers of these shapes, also for answers that are not for samples.
SeriesInput series_input(const std::string& type, const Shapes& shapes);

}  // namespace dlrun
