// What tasks that learn by acting have beside the interface of all tasks.

#pragma once

#include <memory>

#include "data/environment.h"
#include "data/feed.h"
#include "nn/module.h"

namespace dlrun {

struct PlayOptions {
  int64_t batch_size = 1;
  int64_t steps = 1;  // of an epoch
  uint64_t seed = 0;
};

// Found by a cast: a task that derives from it gets its training batches from itself, and no other data than an
// environment; an environment suits no other task.
struct Plays {
  virtual ~Plays() = default;
  // Called once, before bind().
  virtual void enter(std::shared_ptr<const Environment> environment) = 0;
  // What a training learns from: played by `all`, which assemble() gave, as it is at each step, and outlives the feed.
  virtual std::unique_ptr<Feed> feed(Module& all, const PlayOptions& options) const = 0;
};

}  // namespace dlrun
