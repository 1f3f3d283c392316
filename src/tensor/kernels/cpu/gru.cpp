// Gated recurrent units: the loops.

#include "tensor/kernels/cpu/gru.h"

#include "tensor/kernels/cpu/nonlinear.h"
#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t gru_grain = 2048;  // numbers for which one more thread is worth waking

// One row. As arguments the pointers are known to be apart, without which these loops are not vectorized.
[[gnu::always_inline]] inline void gru_row(int64_t width, float* __restrict__ reset, float* __restrict__ update,
                                           float* __restrict__ fresh, const float* __restrict__ hidden_reset,
                                           const float* __restrict__ hidden_update,
                                           const float* __restrict__ hidden_fresh, const float* __restrict__ before,
                                           float* __restrict__ next) {
  for (int64_t i = 0; i < width; ++i) {
    reset[i] = sigmoid(reset[i] + hidden_reset[i]);
    update[i] = sigmoid(update[i] + hidden_update[i]);
    fresh[i] = hyperbolic_tangent(fresh[i] + reset[i] * hidden_fresh[i]);
    next[i] = fresh[i] + update[i] * (before[i] - fresh[i]);
  }
}

[[gnu::always_inline]] inline void gru_row_gradient(int64_t width, const float* __restrict__ reset,
                                                    const float* __restrict__ update, const float* __restrict__ fresh,
                                                    const float* __restrict__ from, const float* __restrict__ before,
                                                    float* __restrict__ gradient, float* __restrict__ of_hidden,
                                                    float* __restrict__ of_reset, float* __restrict__ of_update,
                                                    float* __restrict__ of_fresh) {
  for (int64_t i = 0; i < width; ++i) {
    const float slope = gradient[i] * (1.0f - update[i]) * (1.0f - fresh[i] * fresh[i]);
    of_hidden[i] = slope * reset[i];
    of_reset[i] = slope * from[i] * reset[i] * (1.0f - reset[i]);
    of_update[i] = gradient[i] * (before[i] - fresh[i]) * update[i] * (1.0f - update[i]);
    of_fresh[i] = slope;
    gradient[i] *= update[i];
  }
}

struct GruForward {
  int64_t width;
  float* gates;
  const float* hidden;
  const float* before;
  float* next;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      float* gate = gates + row * 3 * width;
      const float* from = hidden + row * 3 * width;
      gru_row(width, gate, gate + width, gate + 2 * width, from, from + width, from + 2 * width, before + row * width,
              next + row * width);
    }
  }
};

struct GruGradient {
  int64_t width;
  const float* gates;
  const float* from;
  const float* before;
  float* gradient;
  float* gates_gradient;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      const float* gate = gates + row * 3 * width;
      float* of_gate = gates_gradient + row * 4 * width;
      const int64_t at = row * width;
      gru_row_gradient(width, gate, gate + width, gate + 2 * width, from + at, before + at, gradient + at, of_gate,
                       of_gate + width, of_gate + 2 * width, of_gate + 3 * width);
    }
  }
};

}  // namespace

void gru_step(const GruStep& step, float* gates, const float* hidden, const float* before, float* next) {
  run(GruForward{step.width, gates, hidden, before, next}, step.rows, gru_grain / step.width);
}

void gru_step_gradient(const GruStep& step, const float* gates, const float* from, const float* before, float* gradient,
                       float* gates_gradient) {
  run(GruGradient{step.width, gates, from, before, gradient, gates_gradient}, step.rows, gru_grain / step.width);
}

}  // namespace dlrun::cpu
