// The interface of samplers: which samples the batches of an epoch hold, and in which order.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "spec/field.h"

namespace dlrun {

// Batch i of an epoch holds samples[starts[i]] to samples[starts[i + 1] - 1].
struct EpochOrder {
  std::vector<int64_t> samples;
  std::vector<int64_t> starts = {0};  // one more than batches

  int64_t batches() const { return static_cast<int64_t>(starts.size()) - 1; }
  std::span<const int64_t> batch(int64_t index) const;
  // Appends the next `count` samples as batches of `batch_size`, the last one smaller; left out with drop_last.
  static EpochOrder cut(std::vector<int64_t> samples, int64_t batch_size, bool drop_last);
};

struct SamplerOptions {
  int64_t batch_size = 1;
  bool shuffle = false;    // false: as little chance as the sampler can do with
  bool drop_last = false;  // leave out a last, smaller batch
  uint64_t seed = 0;
};

// What comes out is a pure function of its arguments, so that a resumed run goes on in the same order, whatever the
// number of threads or processes.
struct Sampler : Params {
  static constexpr const char* kind = "sampler";
  // Of every epoch alike: a position in the training is a number of steps.
  virtual int64_t batches(const Split& split, const SamplerOptions& options) const;
  virtual EpochOrder epoch(const Split& split, const SamplerOptions& options, int64_t epoch) const = 0;
  // Whether held-out batches are made by it too; otherwise samples come in their own order.
  virtual bool held_out_too() const { return false; }
  // Throws UserError(bad_recipe) where the split is not what it needs (classes).
  virtual void check(const Split& split) const {}
};

// The sampler of recipes that name none.
std::shared_ptr<const Sampler> default_sampler();

}  // namespace dlrun
