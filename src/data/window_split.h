// A split whose samples are windows of one long series: some steps to read, and those that follow to predict.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

// Which steps belong to a window, and which channels.
struct WindowShape {
  int64_t input = 0, horizon = 0;  // steps to read, steps to predict; horizon 0: nothing to predict is there
  std::vector<int64_t> targets;    // channels to predict
  bool channels_first = true;      // of the input
};

// "input" [B, channels, input] (or [B, input, channels]; [B, input] of one channel) and "target" [B, targets, horizon],
// float.
class WindowSplit final : public Split {
 public:
  // `values` [channels, steps] float contiguous, shared and never changed; window i begins at step starts[i] and lies
  // within. `name` says how a step is called in messages.
  WindowSplit(at::Tensor values, std::vector<int64_t> starts, WindowShape shape,
              std::function<std::string(int64_t)> name);

  int64_t size() const override { return static_cast<int64_t>(starts_.size()); }
  Batch gather(std::span<const int64_t> indices) const override;
  std::string describe(int64_t index) const override { return name_(starts_.at(static_cast<size_t>(index))); }
  const std::vector<int64_t>& starts() const { return starts_; }

 private:
  at::Tensor values_;
  std::vector<int64_t> starts_;
  WindowShape shape_;
  std::function<std::string(int64_t)> name_;
};

}  // namespace dlrun
