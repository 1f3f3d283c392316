// A split whose samples are windows of one long series.

#include "data/window_split.h"

#include <algorithm>

namespace dlrun {

WindowSplit::WindowSplit(at::Tensor values, std::vector<int64_t> starts, WindowShape shape,
                         std::function<std::string(int64_t)> name)
    : values_(std::move(values)), starts_(std::move(starts)), shape_(std::move(shape)), name_(std::move(name)) {
  for (const int64_t start : starts_)
    TORCH_CHECK(start >= 0 && start + shape_.input + shape_.horizon <= values_.size(1), "a window beyond its series");
}

Batch WindowSplit::gather(std::span<const int64_t> indices) const {
  const int64_t count = static_cast<int64_t>(indices.size()), channels = values_.size(0), steps = values_.size(1);
  const int64_t predicted = static_cast<int64_t>(shape_.targets.size());
  at::Tensor input = at::empty({count, channels, shape_.input});
  at::Tensor target = at::empty({count, predicted, shape_.horizon});
  const float* from = values_.const_data_ptr<float>();
  float *to = input.data_ptr<float>(), *behind = target.data_ptr<float>();
  for (const int64_t index : indices) {
    const int64_t start = starts_.at(static_cast<size_t>(index));
    for (int64_t c = 0; c < channels; ++c) to = std::copy_n(from + c * steps + start, shape_.input, to);
    for (const int64_t c : shape_.targets)
      behind = std::copy_n(from + c * steps + start + shape_.input, shape_.horizon, behind);
  }
  if (channels == 1)
    input = input.squeeze(1);
  else if (!shape_.channels_first)
    input = input.transpose(1, 2).contiguous();
  Batch batch{{"input", std::move(input)}};
  if (shape_.horizon > 0) batch.set("target", std::move(target));
  batch.count = count;
  return batch;
}

}  // namespace dlrun
