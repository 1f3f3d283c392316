// The loss of samples that an augmentation mixed.

#pragma once

#include "losses/loss.h"

namespace dlrun {

// A task that learns from mixed samples says so by deriving from this.
struct TakesMixedSamples {
  virtual ~TakesMixedSamples() = default;
};

// The loss against "target"; of samples that mixup or cutmix mixed (data/mixed.h) that against each of their classes,
// weighed by its share: share * loss(class) + (1 - share) * loss(other class), as in the published code. Of cross
// entropy that is the one against soft targets. Differentiable; reads nothing from the device.
Weighted mixed_loss(const Loss& loss, const Batch& answer, const Batch& batch);

}  // namespace dlrun
