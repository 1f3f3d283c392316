// Meta kernels of operators that work number by number. The iterator of the real ones finds shapes and strides.

#include <ATen/ATen.h>
#include <ATen/TensorIterator.h>
#include <torch/library.h>

namespace dlrun {
namespace {

at::Tensor& unary_out(const at::Tensor& x, at::Tensor& out) {
  at::TensorIterator::unary_op(out, x);
  return out;
}

at::Tensor absolute(const at::Tensor& x) {
  return at::empty_like(x, x.options().dtype(c10::toRealValueType(x.scalar_type())));
}

at::Tensor& logical_not_out(const at::Tensor& x, at::Tensor& out) {
  at::TensorIteratorConfig().check_all_same_dtype(false).add_output(out).add_const_input(x).build();
  return out;
}

at::Tensor& logical_out(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  at::TensorIterator::comparison_op(out, a, b);
  return out;
}

at::Tensor& nan_to_num_out(const at::Tensor& x, std::optional<double>, std::optional<double>, std::optional<double>,
                           at::Tensor& out) {
  return unary_out(x, out);
}

at::Tensor& bernoulli_out(const at::Tensor& x, std::optional<at::Generator>, at::Tensor& out) {
  out.resize_(x.sizes());
  return out;
}

at::Tensor isnan(const at::Tensor& x) { return at::empty_like(x, x.options().dtype(at::kBool)); }

at::Tensor angle(const at::Tensor& x) {
  const bool integral = at::isIntegralType(x.scalar_type(), /*includeBool=*/true);
  return at::empty_like(x, x.options().dtype(integral ? at::kFloat : c10::toRealValueType(x.scalar_type())));
}

at::Tensor binary(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor out;
  return at::TensorIterator::binary_op(out, a, b).output();
}

at::Tensor floor_divide(const at::Tensor& a, const at::Tensor& b) { return binary(a, b); }
at::Tensor& floor_divide_out(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  at::TensorIterator::binary_op(out, a, b);
  return out;
}

at::Tensor rsub(const at::Tensor& a, const at::Tensor& b, const at::Scalar&) { return binary(b, a); }

at::Tensor& where_out(const at::Tensor& condition, const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  const at::ScalarType type = at::result_type(a, b);
  const at::Tensor left = a.to(type), right = b.to(type);
  at::TensorIteratorConfig()
      .check_all_same_dtype(false)
      .add_output(out)
      .add_const_input(condition)
      .add_const_input(left)
      .add_const_input(right)
      .build();
  return out;
}

at::Tensor where(const at::Tensor& condition, const at::Tensor& a, const at::Tensor& b) {
  const at::ScalarType type = at::result_type(a, b);
  const at::Tensor left = a.to(type), right = b.to(type);
  at::Tensor out;
  return at::TensorIteratorConfig()
      .check_all_same_dtype(false)
      .declare_static_dtype(type)
      .add_output(out)
      .add_const_input(condition)
      .add_const_input(left)
      .add_const_input(right)
      .build()
      .output();
}

std::tuple<at::Tensor, at::Tensor> dropout(const at::Tensor& x, double, std::optional<bool>) {
  return {at::empty_like(x), at::empty_like(x, x.options().dtype(at::kBool))};
}

at::Tensor dropout_backward(const at::Tensor& gradient, const at::Tensor& mask, double) {
  return binary(gradient, mask);
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("abs", &absolute);
  library.impl("abs.out", &unary_out);
  library.impl("logical_not.out", &logical_not_out);
  library.impl("logical_and.out", &logical_out);
  library.impl("logical_or.out", &logical_out);
  library.impl("logical_xor.out", &logical_out);
  library.impl("nan_to_num.out", &nan_to_num_out);
  library.impl("bernoulli.out", &bernoulli_out);
  library.impl("isnan", &isnan);
  library.impl("angle", &angle);
  library.impl("floor_divide", &floor_divide);
  library.impl("floor_divide.out", &floor_divide_out);
  library.impl("rsub.Tensor", &rsub);
  library.impl("where.self", &where);
  library.impl("where.self_out", &where_out);
  library.impl("native_dropout", &dropout);
  library.impl("native_dropout_backward", &dropout_backward);
}

}  // namespace
}  // namespace dlrun
