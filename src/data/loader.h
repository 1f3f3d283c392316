// Prepares batches ahead of the training loop: loader threads fill a ring, the loop takes batches in order.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "data/augmentation.h"
#include "data/dataset.h"
#include "data/sampler.h"

namespace dlrun {

// One of several processes that work on the same batches: rank r of n has rows [r b / n, (r + 1) b / n) of a batch of
// b.
struct Share {
  int64_t rank = 0, size = 1;
};

struct LoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;                         // every epoch in an order of its own
  bool drop_last = false;                       // drop the last, smaller batch
  std::shared_ptr<const Sampler> sampler;       // null: every sample once an epoch
  bool training = false;                        // apply augmentations that are for training only
  bool keep_raw = false;                        // batches hold "raw" too: "input" as the split has it
  std::vector<std::string> pixels = {"input"};  // fields that become float in [0, 1] where they are uint8 images
  uint64_t seed = 0;
  int64_t workers = 1;   // threads; 0 prepares each batch when it is asked for
  int64_t prefetch = 4;  // batches held ready
  bool pinned = false;   // in memory that a GPU copies from by itself
  Share share;           // next() gives these rows of each batch; a batch without fields where there are none

  SamplerOptions sampling() const { return {batch_size, shuffle, drop_last, seed}; }
};

// What comes out depends on (split, augmentations, seed, epoch, batch) alone, never on threads or timing. Moving to any
// (epoch, batch) costs the same. A sample's error is thrown by the next() that would have returned it.
class Loader {
 public:
  Loader(std::shared_ptr<const Split> split, std::vector<std::shared_ptr<const Augmentation>> augmentations,
         const LoaderOptions& options);
  ~Loader();
  int64_t batches() const;                                           // in an epoch
  std::vector<int64_t> samples(int64_t epoch, int64_t batch) const;  // of all processes: indices in the split, by row
  bool shared() const;                                               // whether there are several
  void seek(int64_t epoch, int64_t batch = 0);                       // next() returns that batch
  std::optional<Batch> next();                                       // nothing at the end of the epoch
  double waited_seconds() const;                                     // time next() spent waiting, since construction

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dlrun
