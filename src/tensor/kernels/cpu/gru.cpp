// Gated recurrent units: the loops.

#include "tensor/kernels/cpu/gru.h"

#include <cstring>

#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t gru_grain = 2048;  // numbers for which one more thread is worth waking

// e^x to about 2e-7 of it, by arithmetic that every vector unit has: 2^n times a polynomial in what is left.
[[gnu::always_inline]] inline float exponential(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: rounds to a whole number in the lowest bits
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const auto power = static_cast<uint32_t>(static_cast<int32_t>(n) + 127) << 23;
  return p * __builtin_bit_cast(float, power);
}

[[gnu::always_inline]] inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }
[[gnu::always_inline]] inline float hyperbolic_tangent(float x) { return 1.0f - 2.0f / (1.0f + exponential(2.0f * x)); }

struct Step {
  int64_t width;
  float* gates;
  const float* hidden;
  const float* before;
  float* next;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      float* __restrict__ g = gates + row * 3 * width;
      const float* __restrict__ h = hidden + row * 3 * width;
      const float* __restrict__ b = before + row * width;
      float* __restrict__ to = next + row * width;
      for (int64_t i = 0; i < width; ++i) {
        const float reset = sigmoid(g[i] + h[i]);
        const float update = sigmoid(g[width + i] + h[width + i]);
        const float fresh = hyperbolic_tangent(g[2 * width + i] + reset * h[2 * width + i]);
        g[i] = reset;
        g[width + i] = update;
        g[2 * width + i] = fresh;
        to[i] = fresh + update * (b[i] - fresh);
      }
    }
  }
};

struct StepGradient {
  int64_t width;
  const float* gates;
  const float* from;
  const float* before;
  float* gradient;
  float* gates_gradient;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      const float* __restrict__ g = gates + row * 3 * width;
      const float* __restrict__ f = from + row * width;
      const float* __restrict__ b = before + row * width;
      float* __restrict__ d = gradient + row * width;
      float* __restrict__ to = gates_gradient + row * 4 * width;
      for (int64_t i = 0; i < width; ++i) {
        const float reset = g[i], update = g[width + i], fresh = g[2 * width + i];
        const float of_fresh = d[i] * (1.0f - update) * (1.0f - fresh * fresh);
        to[i] = of_fresh * reset;
        to[width + i] = of_fresh * f[i] * reset * (1.0f - reset);
        to[2 * width + i] = d[i] * (b[i] - fresh) * update * (1.0f - update);
        to[3 * width + i] = of_fresh;
        d[i] *= update;
      }
    }
  }
};

}  // namespace

void gru_step(const GruStep& step, float* gates, const float* hidden, const float* before, float* next) {
  run(Step{step.width, gates, hidden, before, next}, step.rows, gru_grain / step.width);
}

void gru_step_gradient(const GruStep& step, const float* gates, const float* from, const float* before, float* gradient,
                       float* gates_gradient) {
  run(StepGradient{step.width, gates, from, before, gradient, gates_gradient}, step.rows, gru_grain / step.width);
}

}  // namespace dlrun::cpu
