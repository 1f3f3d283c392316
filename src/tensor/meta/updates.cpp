// Meta kernels of optimizers: everything happens in place, so there is nothing to do.

#include <ATen/ATen.h>
#include <torch/library.h>

namespace dlrun {
namespace {

using Optional = std::optional<at::Tensor>;

void adam(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList, double,
          double, double, double, double, bool, bool, const Optional&, const Optional&) {}

void sgd(at::TensorList, at::TensorList, at::TensorList, double, double, double, double, bool, bool, bool,
         const Optional&, const Optional&) {}

void adagrad(at::TensorList, at::TensorList, at::TensorList, at::TensorList, double, double, double, double, bool,
             const Optional&, const Optional&) {}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("_fused_adam_", &adam);
  library.impl("_fused_adamw_", &adam);
  library.impl("_fused_sgd_", &sgd);
  library.impl("_fused_adagrad_", &adagrad);
}

}  // namespace
}  // namespace dlrun
