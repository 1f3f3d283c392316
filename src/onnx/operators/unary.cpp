// Functions of one value, element by element.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);

template <Unary function>
OnnxKernel plain(OnnxNodeReader& node) {
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

const OnnxRegistered unary_entries{
    {"Abs", widened<plain<at::abs>>},
    {"Acos", plain<at::acos>},
    {"Acosh", plain<at::acosh>, 9},
    {"Asin", plain<at::asin>},
    {"Asinh", plain<at::asinh>, 9},
    {"Atan", plain<at::atan>},
    {"Atanh", plain<at::atanh>, 9},
    {"BitwiseNot", widened<plain<at::bitwise_not>>, 18},
    {"Ceil", plain<of_reals<at::ceil>>},
    {"Cos", plain<at::cos>},
    {"Cosh", plain<at::cosh>, 9},
    {"Erf", widened<plain<error_function>>, 9},
    {"Exp", plain<at::exp>},
    {"Floor", plain<of_reals<at::floor>>},
    {"Identity", plain<identity>},
    {"IsInf", is_infinite, 10},
    {"IsNaN", plain<at::isnan>, 9},
    {"Log", plain<at::log>},
    {"Neg", plain<at::neg>},
    {"Not", plain<at::logical_not>, 1},
    {"Reciprocal", plain<at::reciprocal>},
    {"Round", plain<of_reals<at::round>>, 11},
    {"Sign", widened<plain<at::sign>>, 9},
    {"Sin", plain<at::sin>},
    {"Sinh", plain<at::sinh>, 9},
    {"Sqrt", plain<at::sqrt>},
    {"Tan", plain<at::tan>},
};

}  // namespace
}  // namespace dlrun
