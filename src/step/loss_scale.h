// Scaling of the loss for float16, whose small gradients would be lost: torch.amp.GradScaler.

#pragma once

#include <cstdint>

namespace dlrun {

// Gradients are taken of the loss times `value` and divided by it. A turn that overflows changes no weight and halves
// it; after so many turns in a row that do not, it doubles.
struct LossScale {
  double value = 65536.0;
  int64_t held = 0;     // turns in a row that did not overflow
  int64_t skipped = 0;  // turns that did, in all
  int64_t patience = 2000;

  void overflowed() {
    value /= 2;
    held = 0;
    ++skipped;
  }
  void fitted() {
    if (++held < patience) return;
    value *= 2;
    held = 0;
  }
  // Where even the smallest scale overflows, the gradients themselves are not finite.
  bool exhausted() const { return value <= 1.0; }
};

}  // namespace dlrun
