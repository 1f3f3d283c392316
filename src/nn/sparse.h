// Sparse matrices times dense ones, with gradients.

#pragma once

#include <ATen/ATen.h>

namespace dlrun {

// Where the nonzeros of a [rows, columns] matrix are: row by row, and again column by column for the gradient. All
// tensors int64 on the device of the dense factor.
struct SparseStructure {
  int64_t rows = 0, columns = 0;
  at::Tensor row_start;     // [rows + 1]: nonzeros row_start[i] to row_start[i + 1] lie in row i
  at::Tensor column;        // [nonzeros]
  at::Tensor column_start;  // [columns + 1]
  at::Tensor row;           // [nonzeros], in the order of columns
  at::Tensor order;         // [nonzeros]: the place, row by row, of each nonzero in the order of columns
};

// From the row and column of each nonzero, in any order; a place given twice counts twice. `sorted` (if not null)
// becomes the order that sorts the given nonzeros (and so their values) row by row.
SparseStructure sparse_structure(const at::Tensor& row, const at::Tensor& column, int64_t rows, int64_t columns,
                                 at::Tensor* sorted = nullptr);

// Values [nonzeros] float, row by row, at their places; dense [columns, N] float -> [rows, N]. The gradient flows into
// `dense` alone. On a CPU bit-deterministic for any number of threads.
at::Tensor multiply(const SparseStructure& structure, const at::Tensor& values, const at::Tensor& dense);

}  // namespace dlrun
