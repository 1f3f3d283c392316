// Arithmetic as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::arithmetic_test {
namespace {

TEST_CASE("arithmetic gives the same numbers as ONNX nodes") {
  check_lowering({
      {"add", [](const Tensor& x) { return at::add(x, x.tanh(), 0.5) + 2; }},
      {"sub", [](const Tensor& x) { return at::sub(x, x.tanh(), 3) - 1.5; }},
      {"rsub", [](const Tensor& x) { return 1 - x; }},
      {"mul", [](const Tensor& x) { return x * x * 0.3; }},
      {"div", [](const Tensor& x) { return x / above_zero(x) + 1 / above_zero(x); }},
      {"div_floor", [](const Tensor& x) { return at::div(x * 5, above_zero(x), "floor"); }},
      {"div_trunc", [](const Tensor& x) { return at::div(x * 5, above_zero(x), "trunc"); }},
      {"integer_division",
       [](const Tensor& x) { return at::floor_divide(whole(x), 3) + at::div(whole(x), 2, "trunc"); }},
      {"integer_to_float", [](const Tensor& x) { return whole(x) / 4; }},
      {"remainder", [](const Tensor& x) { return x.remainder(0.7) + whole(x).remainder(3); }},
      {"fmod", [](const Tensor& x) { return x.fmod(0.7); }},
      {"pow", [](const Tensor& x) { return above_zero(x).pow(1.7) + x.pow(2) + x.pow(3); }},
      {"clamp", [](const Tensor& x) { return x.clamp(-0.5, 0.5) + x.clamp_min(0.1) + x.clamp_max(0.2); }},
      {"maximum", [](const Tensor& x) { return at::maximum(x, x.tanh()) + at::minimum(x, -x) + at::max(x, -x); }},
      {"addcmul", [](const Tensor& x) { return at::addcmul(x, x, x, 0.4) + at::addcdiv(x, x, above_zero(x), 2); }},
      {"lerp", [](const Tensor& x) { return at::lerp(x, x.tanh(), 0.3); }},
      {"roots",
       [](const Tensor& x) { return above_zero(x).sqrt() + above_zero(x).rsqrt() + above_zero(x).reciprocal(); }},
      {"exponentials", [](const Tensor& x) { return x.exp() + x.expm1() + x.exp2() + above_zero(x).log1p(); }},
      {"logarithms",
       [](const Tensor& x) { return above_zero(x).log() + above_zero(x).log2() + above_zero(x).log10(); }},
      {"trigonometry",
       [](const Tensor& x) { return x.sin() + x.cos() + x.tanh() + unit(x).asin() + unit(x).acos() + x.atan(); }},
      {"hyperbolic",
       [](const Tensor& x) { return x.sinh() + x.cosh() + x.asinh() + unit(x).atanh() + (above_zero(x) + 1).acosh(); }},
      {"rounding",
       [](const Tensor& x) { return (x * 3).floor() + (x * 3).ceil() + (x * 3).round() + (x * 3).trunc(); }},
      {"signs", [](const Tensor& x) { return x.sign() + x.abs() + x.neg() + x.square() + x.erf(); }},
      {"in_place",
       [](const Tensor& x) {
         Tensor y = x + 1;
         y.mul_(2).relu_().add_(x);
         return y;
       }},
  });
}

}  // namespace
}  // namespace dlrun::test::arithmetic_test
