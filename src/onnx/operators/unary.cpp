// Functions of one value, element by element.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);

template <Unary function>
OnnxKernel unary(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([](OnnxInputs in) { return function(in[0]); });
}

OnnxKernel is_infinite(OnnxNodeReader& node) {
  node.arity(1, 1);
  const bool negative = node.flag("detect_negative", true), positive = node.flag("detect_positive", true);
  return one_output([=](OnnxInputs in) {
    if (negative && positive) return at::isinf(in[0]);
    if (positive) return at::isposinf(in[0]);
    if (negative) return at::isneginf(in[0]);
    return at::zeros_like(in[0], at::kBool);
  });
}

// Of integers too, cut off to their type.
at::Tensor error_function(const at::Tensor& x) { return at::erf(x).to(x.scalar_type()); }

at::Tensor identity(const at::Tensor& x) { return x; }

// bool has no sign, and ATen rounds no integers in half the functions: these leave integers alone.
template <Unary function>
at::Tensor of_reals(const at::Tensor& x) {
  return at::isIntegralType(x.scalar_type(), true) ? x : function(x);
}

const OnnxRegistered entries{
    {"Abs", widened<unary<at::abs>>},
    {"Acos", unary<at::acos>},
    {"Acosh", unary<at::acosh>, 9},
    {"Asin", unary<at::asin>},
    {"Asinh", unary<at::asinh>, 9},
    {"Atan", unary<at::atan>},
    {"Atanh", unary<at::atanh>, 9},
    {"BitwiseNot", widened<unary<at::bitwise_not>>, 18},
    {"Ceil", unary<of_reals<at::ceil>>},
    {"Cos", unary<at::cos>},
    {"Cosh", unary<at::cosh>, 9},
    {"Erf", widened<unary<error_function>>, 9},
    {"Exp", unary<at::exp>},
    {"Floor", unary<of_reals<at::floor>>},
    {"Identity", unary<identity>},
    {"IsInf", is_infinite, 10},
    {"IsNaN", unary<at::isnan>, 9},
    {"Log", unary<at::log>},
    {"Neg", unary<at::neg>},
    {"Not", unary<at::logical_not>, 1},
    {"Reciprocal", unary<at::reciprocal>},
    {"Round", unary<of_reals<at::round>>, 11},
    {"Sign", widened<unary<at::sign>>, 9},
    {"Sin", unary<at::sin>},
    {"Sinh", unary<at::sinh>, 9},
    {"Sqrt", unary<at::sqrt>},
    {"Tan", unary<at::tan>},
};

}  // namespace
}  // namespace dlrun
