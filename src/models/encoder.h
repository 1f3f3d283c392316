// Networks that can do without their head, for whoever wants features and no answers.

#pragma once

#include <cstdint>

namespace dlrun {

// Stands beside a network's base. Its architecture, asked for 0 outputs, builds it without a head: nothing of one is
// trained, saved or asked of a file, the other weights have the names they have with one, and "output" [N, width] is
// what the head would take.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual int64_t width() const = 0;
};

}  // namespace dlrun
