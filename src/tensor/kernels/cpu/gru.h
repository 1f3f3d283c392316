// Gated recurrent units: the pointwise part of one step and of its gradient, over plain pointers.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// Rows of `width` numbers, one after the other; of gates three or four such parts in a row.
struct GruStep {
  int64_t rows = 0, width = 0;
};

// gates [rows, 3 width] (reset, update, new) holds what the input gives and becomes the gates; hidden [rows, 3 width]
// is what the state before gives. next = new + update * (before - new) [rows, width].
void gru_step(const GruStep& step, float* gates, const float* hidden, const float* before, float* next);

// gradient [rows, width] is that of the state after the step and becomes the part of that before it which passes the
// update gate. `from` [rows, width] is the new gate's share of `hidden`. gates_gradient [rows, 4 width]: of the new
// gate's share of `hidden`, then of reset, update and new, all before their nonlinearities.
void gru_step_gradient(const GruStep& step, const float* gates, const float* from, const float* before, float* gradient,
                       float* gates_gradient);

}  // namespace dlrun::cpu
