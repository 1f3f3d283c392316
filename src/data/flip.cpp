// What flips of pictures have in common.

#include "data/flip.h"

namespace dlrun {

void flip_some(Batch& batch, const Draws& draws, double p, void (*turn)(const PixelRows& rows)) {
  at::Tensor images = dense_images(batch["input"]);
  const std::vector<std::string> targets = pixel_targets(batch);
  for (int64_t i = 0; i < images.size(0); ++i) {
    if (!draws.row(i).chance(p)) continue;
    turn(pixel_rows(images, i));
    for (const std::string& target : targets) turn(target_rows(batch[target], i));
  }
  batch.set("input", images);
}

}  // namespace dlrun
