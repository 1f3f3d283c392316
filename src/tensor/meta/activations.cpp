// Meta kernels of nonlinearities: shapes of results, for those libtorch computes shapes of in Python alone.

#include <ATen/ATen.h>
#include <torch/library.h>

namespace dlrun {
namespace {

at::Tensor like(const at::Tensor& x) { return at::empty_like(x); }
at::Tensor& itself(at::Tensor& x) { return x; }

at::Tensor gradient(const at::Tensor& gradient, const at::Tensor& x) {
  return at::empty_like(x, x.options().dtype(at::result_type(gradient, x)));
}

at::Tensor hardtanh(const at::Tensor& x, const at::Scalar&, const at::Scalar&) { return at::empty_like(x); }
at::Tensor& hardtanh_(at::Tensor& x, const at::Scalar&, const at::Scalar&) { return x; }
at::Tensor hardtanh_backward(const at::Tensor& grad, const at::Tensor& x, const at::Scalar&, const at::Scalar&) {
  return gradient(grad, x);
}

at::Tensor logit(const at::Tensor& x, std::optional<double>) {
  return at::empty_like(x, x.options().dtype(at::isIntegralType(x.scalar_type(), true) ? at::kFloat : x.scalar_type()));
}

// Both results are in the order of indices.
std::tuple<at::Tensor, at::Tensor> log_sigmoid(const at::Tensor& x) {
  return {at::empty(x.sizes(), x.options()), at::empty(x.sizes(), x.options())};
}
at::Tensor log_sigmoid_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor&) {
  return gradient(grad, x);
}

at::Tensor glu_backward(const at::Tensor&, const at::Tensor& x, int64_t) { return at::empty(x.sizes(), x.options()); }

at::Tensor prelu(const at::Tensor& x, const at::Tensor&) { return at::empty_like(x); }
std::tuple<at::Tensor, at::Tensor> prelu_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor&) {
  return {at::empty_like(x), at::empty_like(x)};
}

at::Tensor rrelu(const at::Tensor& x, at::Tensor&, const at::Scalar&, const at::Scalar&, bool,
                 std::optional<at::Generator>) {
  return at::empty_like(x, at::MemoryFormat::Contiguous);
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("relu", &like);
  library.impl("relu_", &itself);
  library.impl("hardswish", &like);
  library.impl("hardswish_", &itself);
  library.impl("hardswish_backward", &gradient);
  library.impl("hardtanh", &hardtanh);
  library.impl("hardtanh_", &hardtanh_);
  library.impl("hardtanh_backward", &hardtanh_backward);
  library.impl("logit", &logit);
  library.impl("log_sigmoid_forward", &log_sigmoid);
  library.impl("log_sigmoid_backward", &log_sigmoid_backward);
  library.impl("glu_backward", &glu_backward);
  library.impl("_prelu_kernel", &prelu);
  library.impl("_prelu_kernel_backward", &prelu_backward);
  library.impl("rrelu_with_noise", &rrelu);
}

}  // namespace
}  // namespace dlrun
