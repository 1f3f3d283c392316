// Sparse matrices times dense ones, with gradients.
//
// The product is an operator of its own, dlrun::sparse_mm, so that whatever watches operators sees it.

#include "nn/sparse.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

namespace dlrun {
namespace {

// Each output row is summed by one thread in the order of the nonzeros.
void multiply_rows(const at::Tensor& start, const at::Tensor& index, const at::Tensor& values, const at::Tensor& dense,
                   const at::Tensor& result) {
  const int64_t* starts = start.const_data_ptr<int64_t>();
  const int64_t* indices = index.const_data_ptr<int64_t>();
  const float* value = values.const_data_ptr<float>();
  const float* in = dense.const_data_ptr<float>();
  float* out = result.data_ptr<float>();
  const int64_t width = dense.size(1);
  at::parallel_for(0, result.size(0), /*grain_size=*/256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* sums = out + i * width;
      std::fill(sums, sums + width, 0.0f);
      for (int64_t k = starts[i]; k < starts[i + 1]; ++k) {
        const float* row = in + indices[k] * width;
        const float factor = value[k];
        for (int64_t j = 0; j < width; ++j) sums[j] += factor * row[j];
      }
    }
  });
}

at::Tensor sparse_mm(const at::Tensor& start, const at::Tensor& index, const at::Tensor& values,
                     const at::Tensor& transposed_start, const at::Tensor& transposed_index, const at::Tensor& order,
                     const at::Tensor& dense) {
  TORCH_CHECK(dense.dim() == 2 && values.dim() == 1 && values.numel() == index.numel() &&
                  dense.size(0) == transposed_start.numel() - 1,
              "sparse_mm of ", values.sizes(), " values and a dense ", dense.sizes());
  const int64_t rows = start.numel() - 1;
  if (dense.is_meta()) return at::empty({rows, dense.size(1)}, dense.options());
  if (dense.is_cpu() && dense.scalar_type() == at::kFloat) {
    at::Tensor result = at::empty({rows, dense.size(1)}, dense.options());
    multiply_rows(start, index, values.contiguous(), dense.contiguous(), result);
    return result;
  }
  const at::Tensor row = at::repeat_interleave(start.diff(), std::optional<int64_t>(index.numel()));
  const at::Tensor terms = dense.index_select(0, index) * values.to(dense.scalar_type()).unsqueeze(1);
  return at::zeros({rows, dense.size(1)}, dense.options()).index_add(0, row, terms);
}

using Product = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                           const at::Tensor&, const at::Tensor&, const at::Tensor&);

at::Tensor call(const at::Tensor& start, const at::Tensor& index, const at::Tensor& values,
                const at::Tensor& transposed_start, const at::Tensor& transposed_index, const at::Tensor& order,
                const at::Tensor& dense) {
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("dlrun::sparse_mm", "").typed<Product>();
  return op.call(start, index, values, transposed_start, transposed_index, order, dense);
}

// The gradient of A x is A^T g: the same product over the transposed structure.
struct SparseProduct : torch::autograd::Function<SparseProduct> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& start, const at::Tensor& index,
                            const at::Tensor& values, const at::Tensor& transposed_start,
                            const at::Tensor& transposed_index, const at::Tensor& order, const at::Tensor& dense) {
    context->save_for_backward({start, index, values, transposed_start, transposed_index, order});
    const at::AutoDispatchBelowADInplaceOrView guard;
    return call(start, index, values, transposed_start, transposed_index, order, dense);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor values = saved[2].index_select(0, saved[5]);
    // Only a gradient of this gradient needs the way back from the order of columns.
    const at::Tensor back = c10::GradMode::is_enabled() ? saved[5].argsort() : saved[5];
    const at::Tensor gradient = call(saved[3], saved[4], values, saved[0], saved[1], back, gradients[0]);
    return {{}, {}, {}, {}, {}, {}, gradient};
  }
};

at::Tensor sparse_mm_autograd(const at::Tensor& start, const at::Tensor& index, const at::Tensor& values,
                              const at::Tensor& transposed_start, const at::Tensor& transposed_index,
                              const at::Tensor& order, const at::Tensor& dense) {
  return SparseProduct::apply(start, index, values, transposed_start, transposed_index, order, dense);
}

at::Tensor starts(const at::Tensor& sorted, int64_t count) {
  return at::searchsorted(sorted, at::arange(count + 1, sorted.options()));
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def(
      "sparse_mm(Tensor row_start, Tensor column, Tensor values, Tensor column_start, Tensor row, Tensor order, "
      "Tensor dense) -> Tensor");
  library.impl("sparse_mm", c10::DispatchKey::CompositeExplicitAutograd, &sparse_mm);
  library.impl("sparse_mm", c10::DispatchKey::Autograd, &sparse_mm_autograd);
}

}  // namespace

SparseStructure sparse_structure(const at::Tensor& row, const at::Tensor& column, int64_t rows, int64_t columns,
                                 at::Tensor* sorted) {
  SparseStructure structure{rows, columns, {}, {}, {}, {}, {}};
  const at::Tensor by_row = at::argsort(row * columns + column, /*stable=*/true);
  const at::Tensor sorted_row = row.index_select(0, by_row);
  structure.column = column.index_select(0, by_row);
  structure.row_start = starts(sorted_row, rows);
  structure.order = at::argsort(structure.column, /*stable=*/true);
  structure.row = sorted_row.index_select(0, structure.order);
  structure.column_start = starts(structure.column.index_select(0, structure.order), columns);
  if (sorted) *sorted = by_row;
  return structure;
}

at::Tensor multiply(const SparseStructure& structure, const at::Tensor& values, const at::Tensor& dense) {
  return call(structure.row_start, structure.column, values, structure.column_start, structure.row, structure.order,
              dense);
}

}  // namespace dlrun
