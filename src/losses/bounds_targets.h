// Losses that some targets are none for.

#pragma once

#include <string>

namespace dlrun {

// Stands beside a loss's base. Targets in memory are looked at before a training, so that a message can name the row.
struct BoundsTargets {
  virtual ~BoundsTargets() = default;
  // The least target that it takes, in the unit of the data: of scaled targets it takes none.
  virtual double least_target() const = 0;
  // What its targets are ("counts"), for the message.
  virtual std::string targets_are() const = 0;
};

}  // namespace dlrun
