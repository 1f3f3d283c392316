// Long short-term memory: the pointwise part of one step and of its gradient, over plain pointers.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// Rows of `width` numbers, one after the other; of gates four such parts in a row: input, forget, cell, output.
struct LstmStep {
  int64_t rows = 0, width = 0;
};

// gates [rows, 4 width] holds what the input and the state before give and becomes the gates.
// cell = forget * cell_before + input * new, state = output * tanh(cell), each [rows, width].
void lstm_step(const LstmStep& step, float* gates, const float* cell_before, float* cell, float* state);

// gradient [rows, width] is that of the state after the step. cell_gradient [rows, width] is that of the cell after it,
// which later steps gave, and becomes that of the cell before it. gates_gradient [rows, 4 width] is that of the gates
// before their nonlinearities.
void lstm_step_gradient(const LstmStep& step, const float* gates, const float* cell_before, const float* cell,
                        const float* gradient, float* cell_gradient, float* gates_gradient);

}  // namespace dlrun::cpu
