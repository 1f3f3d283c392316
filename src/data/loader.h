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
  std::vector<int64_t> samples(int64_t epoch, int64_t batch) const;  // their indices in the split, row by row
  void seek(int64_t epoch, int64_t batch = 0);                       // next() returns that batch
  std::optional<Batch> next();                                       // nothing at the end of the epoch
  double waited_seconds() const;                                     // time next() spent waiting, since construction

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dlrun
