// A split whose samples are series of unequal lengths, with one target for each.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

// Batches are padded to their longest sample: "input" [B, T] or [B, T, channels] float, 0 behind the end;
// "input.lengths" [B] int64; "target" [B] int64 or [B, K] float.
class SeriesSplit final : public Split {
 public:
  // `values` [N, T] or [N, T, channels], 0 behind each end; `lengths` [N] int64 from 1 to T; `target` [N] or [N, K], or
  // undefined for new samples. `rows`: the split's rows of them, in order. Tensors are shared and never changed.
  SeriesSplit(at::Tensor values, at::Tensor lengths, at::Tensor target, std::vector<int64_t> rows,
              std::function<std::string(int64_t)> name);

  int64_t size() const override { return static_cast<int64_t>(rows_.size()); }
  Batch gather(std::span<const int64_t> indices) const override;
  std::string describe(int64_t index) const override { return name_(row(index)); }
  int64_t length(int64_t index) const override { return lengths_.const_data_ptr<int64_t>()[row(index)]; }
  int64_t label(int64_t index) const override;

 private:
  int64_t row(int64_t index) const { return rows_.at(static_cast<size_t>(index)); }

  at::Tensor values_, lengths_, target_;
  std::vector<int64_t> rows_;
  std::function<std::string(int64_t)> name_;
};

}  // namespace dlrun
