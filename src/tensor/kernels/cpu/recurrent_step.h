// One step of a recurrent layer over plain pointers: what is left of it beside the matrix products.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// Rows of states are `stride` numbers apart. Other rows lie one behind the other: `width` numbers each, of gates as
// many such parts as the kind of cell has.
struct RecurrentStep {
  int64_t rows = 0, width = 0, stride = 0;
  const float* bias_ih = nullptr;  // for one row of gates
  const float* bias_hh = nullptr;
  const float* of_state = nullptr;     // what the state before gives to the gates, without bias
  const float* before = nullptr;       // the state before
  const float* kept_before = nullptr;  // what the step before kept
  float* gates = nullptr;              // holds what the input gives, without bias, and becomes the gates
  float* kept = nullptr;
  float* state = nullptr;
};

// Of `stride`: `before` and `gradient`.
struct RecurrentStepGradient {
  int64_t rows = 0, width = 0, stride = 0;
  const float* gates = nullptr;
  const float* kept = nullptr;
  const float* kept_before = nullptr;
  const float* before = nullptr;
  const float* gradient = nullptr;    // of the state, by what the layer answered
  const float* by_product = nullptr;  // of the state, by the matrix product of the step behind it
  float* carried = nullptr;           // what the step behind left beside that; becomes what this one leaves
  float* of_gates = nullptr;          // [rows, 4 width], before their nonlinearities
};

// Gates: reset, update, new. state = new + update * (before - new). Kept: what the state before gives to new. Their
// gradients: of what is kept, then of reset, update and new.
void gru_step(const RecurrentStep& step);
void gru_step_gradient(const RecurrentStepGradient& step);

// Gates: input, forget, new, output. Kept: the cell, forget * cell before + input * new. state = output * tanh(cell).
// Their gradients stand in the same order.
void lstm_step(const RecurrentStep& step);
void lstm_step_gradient(const RecurrentStepGradient& step);

// sums [columns] += the sum of values [rows, columns] over rows, one row after the other.
void add_rows(int64_t rows, int64_t columns, const float* values, float* sums);

}  // namespace dlrun::cpu
