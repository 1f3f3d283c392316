// Long short-term memory: the loops.

#include "tensor/kernels/cpu/lstm.h"

#include "tensor/kernels/cpu/nonlinear.h"
#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

constexpr int64_t lstm_grain = 2048;  // numbers for which one more thread is worth waking

// One row. As arguments the pointers are known to be apart, without which these loops are not vectorized.
[[gnu::always_inline]] inline void lstm_row(int64_t width, float* __restrict__ enter, float* __restrict__ keep,
                                            float* __restrict__ fresh, float* __restrict__ leave,
                                            const float* __restrict__ before, float* __restrict__ cell,
                                            float* __restrict__ state) {
  for (int64_t i = 0; i < width; ++i) {
    enter[i] = sigmoid(enter[i]);
    keep[i] = sigmoid(keep[i]);
    fresh[i] = hyperbolic_tangent(fresh[i]);
    leave[i] = sigmoid(leave[i]);
    cell[i] = keep[i] * before[i] + enter[i] * fresh[i];
    state[i] = leave[i] * hyperbolic_tangent(cell[i]);
  }
}

[[gnu::always_inline]] inline void lstm_row_gradient(int64_t width, const float* __restrict__ enter,
                                                     const float* __restrict__ keep, const float* __restrict__ fresh,
                                                     const float* __restrict__ leave, const float* __restrict__ before,
                                                     const float* __restrict__ cell, const float* __restrict__ of_state,
                                                     float* __restrict__ of_cell, float* __restrict__ of_enter,
                                                     float* __restrict__ of_keep, float* __restrict__ of_fresh,
                                                     float* __restrict__ of_leave) {
  for (int64_t i = 0; i < width; ++i) {
    const float shown = hyperbolic_tangent(cell[i]);
    const float of_all = of_cell[i] + of_state[i] * leave[i] * (1.0f - shown * shown);
    of_enter[i] = of_all * fresh[i] * enter[i] * (1.0f - enter[i]);
    of_keep[i] = of_all * before[i] * keep[i] * (1.0f - keep[i]);
    of_fresh[i] = of_all * enter[i] * (1.0f - fresh[i] * fresh[i]);
    of_leave[i] = of_state[i] * shown * leave[i] * (1.0f - leave[i]);
    of_cell[i] = of_all * keep[i];
  }
}

struct LstmForward {
  int64_t width;
  float* gates;
  const float* cell_before;
  float* cell;
  float* state;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      float* gate = gates + row * 4 * width;
      const int64_t at = row * width;
      lstm_row(width, gate, gate + width, gate + 2 * width, gate + 3 * width, cell_before + at, cell + at, state + at);
    }
  }
};

struct LstmGradient {
  int64_t width;
  const float* gates;
  const float* cell_before;
  const float* cell;
  const float* gradient;
  float* cell_gradient;
  float* gates_gradient;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = begin; row < end; ++row) {
      const float* gate = gates + row * 4 * width;
      float* of_gate = gates_gradient + row * 4 * width;
      const int64_t at = row * width;
      lstm_row_gradient(width, gate, gate + width, gate + 2 * width, gate + 3 * width, cell_before + at, cell + at,
                        gradient + at, cell_gradient + at, of_gate, of_gate + width, of_gate + 2 * width,
                        of_gate + 3 * width);
    }
  }
};

}  // namespace

void lstm_step(const LstmStep& step, float* gates, const float* cell_before, float* cell, float* state) {
  run(LstmForward{step.width, gates, cell_before, cell, state}, step.rows, lstm_grain / step.width);
}

void lstm_step_gradient(const LstmStep& step, const float* gates, const float* cell_before, const float* cell,
                        const float* gradient, float* cell_gradient, float* gates_gradient) {
  run(LstmGradient{step.width, gates, cell_before, cell, gradient, cell_gradient, gates_gradient}, step.rows,
      lstm_grain / step.width);
}

}  // namespace dlrun::cpu
