// The sum of rows: the loop.

#include "tensor/kernels/cpu/recurrent_step.h"
#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

[[gnu::always_inline]] inline void add_row(int64_t columns, const float* __restrict__ values,
                                           float* __restrict__ sums) {
  for (int64_t i = 0; i < columns; ++i) sums[i] += values[i];
}

struct AddRows {
  int64_t rows, columns;
  const float* values;
  float* sums;

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t row = 0; row < rows; ++row) add_row(end - begin, values + row * columns + begin, sums + begin);
  }
};

}  // namespace

void add_rows(int64_t rows, int64_t columns, const float* values, float* sums) {
  run(AddRows{rows, columns, values, sums}, columns, 65536 / rows);
}

}  // namespace dlrun::cpu
