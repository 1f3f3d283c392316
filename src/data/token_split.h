// A split whose samples are sequences of tokens of unequal lengths, with a class for each, or for each token.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "data/source.h"

namespace dlrun {

// Batches are padded to their longest sample: "input" [B, T] int64, 0 behind the end; "input.lengths" [B] int64, at
// least 1. Targets are "target" [B] int64, or [B, T] with -100 behind the end.
class TokenSplit final : public Split {
 public:
  struct Sample {
    std::vector<int32_t> tokens;   // at least one
    std::vector<int32_t> targets;  // one, or one for each token; none for new samples
  };
  // `per_token`: every sample has a target for each token.
  TokenSplit(std::vector<Sample> samples, bool per_token, std::function<std::string(int64_t)> name);

  int64_t size() const override { return static_cast<int64_t>(samples_.size()); }
  Batch gather(std::span<const int64_t> indices) const override;
  std::string describe(int64_t index) const override { return name_(index); }
  int64_t length(int64_t index) const override;
  int64_t label(int64_t index) const override;
  const SourceRows* rows_written() const override { return written_.get(); }
  void keep_rows(std::shared_ptr<const SourceRows> written) { written_ = std::move(written); }
  void forget_rows() override { written_.reset(); }

 private:
  const Sample& sample(int64_t index) const { return samples_.at(static_cast<size_t>(index)); }

  std::vector<Sample> samples_;
  bool per_token_;
  std::function<std::string(int64_t)> name_;
  std::shared_ptr<const SourceRows> written_;
};

}  // namespace dlrun
