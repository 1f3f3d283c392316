// Networks that can do without their head, for tasks that learn features and no answers.

#pragma once

#include <cstdint>

namespace dlrun {

// Mixed into a network. Built for 0 outputs it has no head, and answers with what that would take.
struct Encoder {
  virtual ~Encoder() = default;
  virtual int64_t width() const = 0;  // numbers that the head takes
};

}  // namespace dlrun
