// What augmentations of series share.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace dlrun {

// Series are float [B, T] or [B, channels, T]. Throws UserError(bad_recipe) where a sample is none of them.
void require_series(const std::string& augmentation, const std::vector<int64_t>& shape);
// A copy to change, contiguous. Throws likewise, also for values that are no float (ids of tokens).
at::Tensor copy_of_series(const std::string& augmentation, const at::Tensor& values);

}  // namespace dlrun
