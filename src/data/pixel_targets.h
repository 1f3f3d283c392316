// Targets that say something of every pixel, and the augmentations that know of them.

#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/pixels.h"
#include "tensor/batch.h"

namespace dlrun {

// The rule of augmentations: whoever moves the pixels of "input" [B, C, H, W] moves every field of pixel_targets() with
// them. An augmentation that does, or that leaves pixels where they are, says so by deriving from this; all others are
// refused for data with such targets, because nobody would notice that picture and truth have come apart.
struct KeepsPixelTargets {
  static constexpr int64_t ignored = -100;  // for places that a picture did not have
};

// Whether a field of the data belongs to the pixels of the pictures: classes or a mask of their height and width.
bool of_pixels(const FieldInfo& field, const FieldInfo& pictures);

// Fields int64 [B, H, W] beside "input" [B, C, H, W].
std::vector<std::string> pixel_targets(const Batch& batch);

// Rows of row `i` of such a field, which is contiguous.
PixelRows target_rows(const at::Tensor& target, int64_t i);

}  // namespace dlrun
