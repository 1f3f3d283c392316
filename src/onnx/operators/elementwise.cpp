// Arithmetic of several values, with broadcasting as in NumPy.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

bool is_integer(const at::Tensor& tensor) { return at::isIntegralType(tensor.scalar_type(), false); }

// The smallest integer divided by -1 does not fit its type, and stops the process: the divisor becomes 1 there.
at::Tensor safe_divisor(const at::Tensor& divisor) {
  if (at::isIntegralType(divisor.scalar_type(), false))
    return at::where(divisor.eq(-1), at::ones_like(divisor), divisor);
  return divisor;
}

at::Tensor divide(const at::Tensor& a, const at::Tensor& b) {
  if (!is_integer(a)) return at::div(a, b);
  if (a.scalar_type() == at::kByte) return at::div(a, b, "trunc");
  const at::Tensor quotient = at::div(a, safe_divisor(b), "trunc");
  return at::where(b.eq(-1), a.neg(), quotient);
}

at::Tensor remainder(const at::Tensor& a, const at::Tensor& b) {
  if (!is_integer(a) || a.scalar_type() == at::kByte) return at::remainder(a, b);
  const at::Tensor result = at::remainder(a, safe_divisor(b));  // Of 1 it is 0, as of -1.
  return result;
}

at::Tensor c_remainder(const at::Tensor& a, const at::Tensor& b) {
  if (!is_integer(a) || a.scalar_type() == at::kByte) return at::fmod(a, b);
  return at::fmod(a, safe_divisor(b));
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() == b.sizes() && free_to_change(a)) return a.add_(b);
  if (a.sizes() == b.sizes() && free_to_change(b)) return b.add_(a);
  return at::add(a, b);
}
at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) { return at::sub(a, b); }
at::Tensor multiply(const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); }
at::Tensor largest(const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); }
at::Tensor smallest(const at::Tensor& a, const at::Tensor& b) { return at::minimum(a, b); }

template <Binary function>
OnnxKernel elementwise(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    return function(in[0], in[1]);
  });
}

// Any number of inputs, from left to right.
template <Binary function>
OnnxKernel variadic(OnnxNodeReader& node) {
  node.arity(1, 1 << 20);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    at::Tensor result = in[0];
    for (size_t i = 1; i < in.size(); ++i) result = function(result, in[i]);
    return result;
  });
}

OnnxKernel mean(OnnxNodeReader& node) {
  const OnnxKernel sum = variadic<add>(node);
  return one_output([sum](OnnxInputs in) { return at::div(sum(in)[0], static_cast<double>(in.size())); });
}

OnnxKernel mod(OnnxNodeReader& node) {
  const bool as_in_c = node.flag("fmod", false);
  return as_in_c ? elementwise<c_remainder>(node) : elementwise<remainder>(node);
}

OnnxKernel power(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    // The result has the base's type, whatever the exponent's.
    const bool both = is_integer(in[0]) && is_integer(in[1]);
    if (in[0].scalar_type() == in[1].scalar_type() && !both) return at::pow(in[0], in[1]);
    return at::pow(in[0].to(at::kDouble), in[1].to(at::kDouble)).to(in[0].scalar_type());
  });
}

const OnnxRegistered elementwise_entries{
    {"Add", widened<elementwise<add>>},
    {"Sub", widened<elementwise<subtract>>},
    {"Mul", widened<elementwise<multiply>>},
    {"Div", widened<elementwise<divide>>},
    {"Mod", widened<mod>, 10},
    {"Pow", widened<power>},
    {"Max", widened<variadic<largest>>},
    {"Min", widened<variadic<smallest>>},
    {"Sum", widened<variadic<add>>},
    {"Mean", mean},
};

}  // namespace
}  // namespace dlrun
