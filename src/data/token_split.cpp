// A split whose samples are sequences of tokens of unequal lengths.

#include "data/token_split.h"

#include <algorithm>

namespace dlrun {

TokenSplit::TokenSplit(std::vector<Sample> samples, bool per_token, std::function<std::string(int64_t)> name)
    : samples_(std::move(samples)), per_token_(per_token), name_(std::move(name)) {
  for (const Sample& each : samples_) {
    TORCH_CHECK(!each.tokens.empty(), "a sample without tokens");
    TORCH_CHECK(!per_token || each.targets.empty() || each.targets.size() == each.tokens.size(),
                "targets of other tokens");
  }
}

int64_t TokenSplit::length(int64_t index) const { return static_cast<int64_t>(sample(index).tokens.size()); }

int64_t TokenSplit::label(int64_t index) const {
  return per_token_ || sample(index).targets.empty() ? -1 : sample(index).targets.front();
}

Batch TokenSplit::gather(std::span<const int64_t> indices) const {
  constexpr int64_t padding = -100;  // what losses and metrics do not count
  const int64_t count = static_cast<int64_t>(indices.size());
  int64_t longest = 0;
  bool targets = true;
  for (const int64_t index : indices) {
    longest = std::max(longest, length(index));
    targets = targets && !sample(index).targets.empty();
  }
  at::Tensor input = at::zeros({count, longest}, at::kLong), lengths = at::empty({count}, at::kLong), target;
  if (targets) target = per_token_ ? at::full({count, longest}, padding, at::kLong) : at::empty({count}, at::kLong);
  for (int64_t i = 0; i < count; ++i) {
    const Sample& each = sample(indices[static_cast<size_t>(i)]);
    std::copy(each.tokens.begin(), each.tokens.end(), input.data_ptr<int64_t>() + i * longest);
    lengths.data_ptr<int64_t>()[i] = static_cast<int64_t>(each.tokens.size());
    if (targets)
      std::copy(each.targets.begin(), each.targets.end(), target.data_ptr<int64_t>() + i * (per_token_ ? longest : 1));
  }
  Batch batch{{"input", std::move(input)}, {"input.lengths", std::move(lengths)}};
  if (targets) batch.set("target", std::move(target));
  batch.count = count;
  return batch;
}

}  // namespace dlrun
