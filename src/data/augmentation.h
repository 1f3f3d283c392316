// The interface of augmentations: they change a batch of training samples at random, or every batch alike.

#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/random.h"
#include "data/dataset.h"
#include "spec/field.h"
#include "tensor/batch.h"

namespace dlrun {

// Random streams of the samples of one batch.
struct Draws {
  uint64_t seed = 0;
  uint32_t epoch = 0;
  uint64_t transform = 0;            // position in the list, so that equal transforms differ
  std::span<const int64_t> samples;  // index of each row's sample in its split
  Random row(int64_t i) const { return Random(seed, epoch, transform << 32 | static_cast<uint64_t>(samples[i])); }
};

struct Augmentation : Params {
  static constexpr const char* kind = "augmentation";
  // Changes a batch of training samples; loader threads call it for several batches at a time. Images are uint8,
  // uint16 or float [B, C, H, W].
  virtual void apply(Batch& batch, const Draws& draws) const = 0;
  // What validation, test and new samples need instead to look like training samples: nothing (a flip), the same
  // (normalize), or the same without chance (the middle instead of a random crop).
  virtual void apply_to_held_out(Batch& batch) const {}
  // The shape of one "input" after it.
  virtual std::vector<int64_t> output_shape(std::vector<int64_t> shape) const { return shape; }
  // Learns from the training split what the recipe leaves open; returns what must be stored with the model.
  virtual nlohmann::json fit(const Split& train) { return nullptr; }
  // Takes what fit() returned.
  virtual void restore(const nlohmann::json& fitted) {}
};

}  // namespace dlrun
