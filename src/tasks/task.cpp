// What several tasks share.

#include "tasks/task.h"

#include "data/images.h"

namespace dlrun {

Outcome joined(const Outcome& a, const Outcome& b) {
  const double total = static_cast<double>(a.count + b.count);
  const auto mean = [&](const at::Tensor& x, const at::Tensor& y) {
    return x.detach() * (static_cast<double>(a.count) / total) + y.detach() * (static_cast<double>(b.count) / total);
  };
  Outcome both{mean(a.loss, b.loss), a.parts, {}, {}, a.count + b.count};
  for (size_t i = 0; i < both.parts.size(); ++i) both.parts[i].second = mean(a.parts[i].second, b.parts[i].second);
  if (a.prediction.defined()) {
    both.prediction = at::cat({a.prediction, b.prediction});
    both.target = at::cat({a.target, b.target});
  }
  return both;
}

at::Tensor picture_of(const at::Tensor& images, int64_t columns, double low, double high) {
  const at::Tensor scaled = images.detach().to(at::kCPU, at::kFloat).sub(low).mul(255.0 / (high - low));
  return image_grid(scaled.round().clamp(0, 255).to(at::kByte), columns);
}

}  // namespace dlrun
