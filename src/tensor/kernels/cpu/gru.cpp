// Gated recurrent units: the loops.

#include "tensor/kernels/cpu/nonlinear.h"
#include "tensor/kernels/cpu/recurrent_step.h"
#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t gru_grain = 2048;  // numbers for which one more thread is worth waking

// One row. As arguments the pointers are known to be apart, without which these loops are not vectorized.
[[gnu::always_inline]] inline void gru_row(int64_t width, const float* __restrict__ bias_ih,
                                           const float* __restrict__ bias_hh, const float* __restrict__ of_state,
                                           const float* __restrict__ before, float* __restrict__ reset,
                                           float* __restrict__ update, float* __restrict__ fresh,
                                           float* __restrict__ kept, float* __restrict__ state) {
  const int64_t second = width, third = 2 * width;
  for (int64_t i = 0; i < width; ++i) {
    const float from = of_state[third + i] + bias_hh[third + i];
    const float r = sigmoid(reset[i] + bias_ih[i] + (of_state[i] + bias_hh[i]));
    const float u = sigmoid(update[i] + bias_ih[second + i] + (of_state[second + i] + bias_hh[second + i]));
    const float n = hyperbolic_tangent(fresh[i] + bias_ih[third + i] + r * from);
    reset[i] = r;
    update[i] = u;
    fresh[i] = n;
    kept[i] = from;
    state[i] = n + u * (before[i] - n);
  }
}

[[gnu::always_inline]] inline void gru_row_gradient(int64_t width, const float* __restrict__ gates,
                                                    const float* __restrict__ kept, const float* __restrict__ before,
                                                    const float* __restrict__ gradient,
                                                    const float* __restrict__ by_product, float* __restrict__ carried,
                                                    float* __restrict__ of_kept, float* __restrict__ of_reset,
                                                    float* __restrict__ of_update, float* __restrict__ of_fresh) {
  for (int64_t i = 0; i < width; ++i) {
    const float reset = gates[i], update = gates[width + i], fresh = gates[2 * width + i];
    const float whole = gradient[i] + by_product[i] + carried[i];
    const float slope = whole * (1.0f - update) * (1.0f - fresh * fresh);
    of_kept[i] = slope * reset;
    of_reset[i] = slope * kept[i] * reset * (1.0f - reset);
    of_update[i] = whole * (before[i] - fresh) * update * (1.0f - update);
    of_fresh[i] = slope;
    carried[i] = whole * update;
  }
}

struct GruForward {
  RecurrentStep of;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t width = of.width;
    for (int64_t row = begin; row < end; ++row) {
      float* gates = of.gates + row * 3 * width;
      gru_row(width, of.bias_ih, of.bias_hh, of.of_state + row * 3 * width, of.before + row * of.stride, gates,
              gates + width, gates + 2 * width, of.kept + row * width, of.state + row * of.stride);
    }
  }
};

struct GruGradient {
  RecurrentStepGradient of;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t width = of.width;
    for (int64_t row = begin; row < end; ++row) {
      float* of_gates = of.of_gates + row * 4 * width;
      const int64_t at = row * width;
      gru_row_gradient(width, of.gates + row * 3 * width, of.kept + at, of.before + row * of.stride,
                       of.gradient + row * of.stride, of.by_product + at, of.carried + at, of_gates, of_gates + width,
                       of_gates + 2 * width, of_gates + 3 * width);
    }
  }
};

}  // namespace

void gru_step(const RecurrentStep& step) { run(GruForward{step}, step.rows, gru_grain / step.width); }
void gru_step_gradient(const RecurrentStepGradient& step) { run(GruGradient{step}, step.rows, gru_grain / step.width); }

}  // namespace dlrun::cpu
