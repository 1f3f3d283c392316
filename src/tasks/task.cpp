// What several tasks share.

#include "tasks/task.h"

#include "data/images.h"

namespace dlrun {

Outcome joined(const Outcome& a, const Outcome& b) {
  const double total = a.weight + b.weight, share = total > 0 ? a.weight / total : 0.5;
  const auto mean = [&](const at::Tensor& x, const at::Tensor& y) {
    return x.detach() * share + y.detach() * (1 - share);
  };
  Outcome both{mean(a.loss, b.loss), a.parts, {}, {}, total};
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
