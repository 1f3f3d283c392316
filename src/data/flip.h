// What flips of pictures have in common.

#pragma once

#include "data/augmentation.h"
#include "data/pixel_targets.h"

namespace dlrun {

// Turns each picture of "input" [B, C, H, W] by chance `p`, one draw a row, and its targets of pixels with it; `turn`
// works in place, on what dense_images() gives and on the targets themselves.
void flip_some(Batch& batch, const Draws& draws, double p, void (*turn)(const PixelRows& rows));

}  // namespace dlrun
