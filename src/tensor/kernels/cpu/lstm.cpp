// Long short-term memory: the loops.

#include "tensor/kernels/cpu/nonlinear.h"
#include "tensor/kernels/cpu/recurrent_step.h"
#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t lstm_grain = 2048;  // numbers for which one more thread is worth waking

// One row. As arguments the pointers are known to be apart, without which these loops are not vectorized.
[[gnu::always_inline]] inline void lstm_row(int64_t width, const float* __restrict__ bias_ih,
                                            const float* __restrict__ bias_hh, const float* __restrict__ of_state,
                                            const float* __restrict__ cell_before, float* __restrict__ enter,
                                            float* __restrict__ keep, float* __restrict__ fresh,
                                            float* __restrict__ leave, float* __restrict__ cell,
                                            float* __restrict__ state) {
  const int64_t second = width, third = 2 * width, fourth = 3 * width;
  for (int64_t i = 0; i < width; ++i) {
    const float in = sigmoid(enter[i] + of_state[i] + (bias_ih[i] + bias_hh[i]));
    const float kept = sigmoid(keep[i] + of_state[second + i] + (bias_ih[second + i] + bias_hh[second + i]));
    const float now = hyperbolic_tangent(fresh[i] + of_state[third + i] + (bias_ih[third + i] + bias_hh[third + i]));
    const float out = sigmoid(leave[i] + of_state[fourth + i] + (bias_ih[fourth + i] + bias_hh[fourth + i]));
    const float held = kept * cell_before[i] + in * now;
    enter[i] = in;
    keep[i] = kept;
    fresh[i] = now;
    leave[i] = out;
    cell[i] = held;
    state[i] = out * hyperbolic_tangent(held);
  }
}

[[gnu::always_inline]] inline void lstm_row_gradient(int64_t width, const float* __restrict__ gates,
                                                     const float* __restrict__ cell_before,
                                                     const float* __restrict__ cell, const float* __restrict__ gradient,
                                                     const float* __restrict__ by_product, float* __restrict__ carried,
                                                     float* __restrict__ of_enter, float* __restrict__ of_keep,
                                                     float* __restrict__ of_fresh, float* __restrict__ of_leave) {
  for (int64_t i = 0; i < width; ++i) {
    const float enter = gates[i], keep = gates[width + i], fresh = gates[2 * width + i], leave = gates[3 * width + i];
    const float shown = hyperbolic_tangent(cell[i]), of_state = gradient[i] + by_product[i];
    const float of_cell = carried[i] + of_state * leave * (1.0f - shown * shown);
    of_enter[i] = of_cell * fresh * enter * (1.0f - enter);
    of_keep[i] = of_cell * cell_before[i] * keep * (1.0f - keep);
    of_fresh[i] = of_cell * enter * (1.0f - fresh * fresh);
    of_leave[i] = of_state * shown * leave * (1.0f - leave);
    carried[i] = of_cell * keep;
  }
}

struct LstmForward {
  RecurrentStep of;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t width = of.width;
    for (int64_t row = begin; row < end; ++row) {
      float* gates = of.gates + row * 4 * width;
      const int64_t at = row * width;
      lstm_row(width, of.bias_ih, of.bias_hh, of.of_state + row * 4 * width, of.kept_before + at, gates, gates + width,
               gates + 2 * width, gates + 3 * width, of.kept + at, of.state + row * of.stride);
    }
  }
};

struct LstmGradient {
  RecurrentStepGradient of;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t width = of.width;
    for (int64_t row = begin; row < end; ++row) {
      float* of_gates = of.of_gates + row * 4 * width;
      const int64_t at = row * width;
      lstm_row_gradient(width, of.gates + row * 4 * width, of.kept_before + at, of.kept + at,
                        of.gradient + row * of.stride, of.by_product + at, of.carried + at, of_gates, of_gates + width,
                        of_gates + 2 * width, of_gates + 3 * width);
    }
  }
};

}  // namespace

void lstm_step(const RecurrentStep& step) { run(LstmForward{step}, step.rows, lstm_grain / step.width); }
void lstm_step_gradient(const RecurrentStepGradient& step) {
  run(LstmGradient{step}, step.rows, lstm_grain / step.width);
}

}  // namespace dlrun::cpu
