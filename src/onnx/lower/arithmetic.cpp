// Arithmetic, element by element.

#include <numbers>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// self in the type of the result: integers become floating-point numbers where the function asks for it.
std::string self(Call& call) { return call.operand("self", call.result_type()); }

std::string scaled(Call& call, const std::string& x, const std::string& factor) {
  const at::ScalarType type = call.result_type();
  if (call.given(factor) && !call.is_tensor(factor) && call.integer_or_number(factor) == 1.0) return x;
  return call.given(factor) ? call.add("Mul", {x, call.operand(factor, type)}) : x;
}

std::string truncated(Call& call, const std::string& x) {
  return call.add("Mul", {call.add("Sign", {x}), call.add("Floor", {call.add("Abs", {x})})});
}

void add(Call& call) {
  const at::ScalarType type = call.result_type();
  if (type == at::kBool) return call.result(call.add("Or", {call.operand("self", type), call.operand("other", type)}));
  call.result(call.add("Add", {self(call), scaled(call, call.operand("other", type), "alpha")}));
}

void subtract(Call& call) {
  call.result(call.add("Sub", {self(call), scaled(call, call.operand("other", call.result_type()), "alpha")}));
}

// other - alpha * self
void subtract_from(Call& call) {
  call.result(call.add("Sub", {call.operand("other", call.result_type()), scaled(call, self(call), "alpha")}));
}

void multiply(Call& call) {
  const at::ScalarType type = call.result_type();
  const char* op = type == at::kBool ? "And" : "Mul";
  call.result(call.add(op, {call.operand("self", type), call.operand("other", type)}));
}

std::string floor_divided(Call& call, const std::string& a, const std::string& b) {
  if (at::isFloatingType(call.result_type())) return call.add("Floor", {call.add("Div", {a, b})});
  // Integer Div rounds towards zero; without the remainder (of b's sign) nothing is left to round.
  return call.add("Div", {call.add("Sub", {a, call.add("Mod", {a, b})}), b});
}

void divide(Call& call) {
  const at::ScalarType type = call.result_type();
  const std::string a = call.operand("self", type), b = call.operand("other", type);
  const std::string rounding = call.text("rounding_mode");
  if (rounding == "floor") return call.result(floor_divided(call, a, b));
  const std::string quotient = call.add("Div", {a, b});
  call.result(rounding == "trunc" && at::isFloatingType(type) ? truncated(call, quotient) : quotient);
}

// The remainder has the sign of the divisor.
void remainder(Call& call) {
  const at::ScalarType type = call.result_type();
  const std::string a = call.operand("self", type), b = call.operand("other", type);
  if (!at::isFloatingType(type)) return call.result(call.add("Mod", {a, b}));
  call.result(call.add("Sub", {a, call.add("Mul", {call.add("Floor", {call.add("Div", {a, b})}), b})}));
}

void power(Call& call) {
  const at::ScalarType type = call.result_type();
  const std::string base = call.operand("self", type);
  if (!call.is_tensor("exponent") && call.integer_or_number("exponent") == 2.0)
    return call.result(call.add("Mul", {base, base}));
  call.result(call.add("Pow", {base, call.operand("exponent", type)}));
}

// Clip(x, low, high); either bound may be left out. Bounds may be tensors of any shape.
void clamp(Call& call) {
  const at::ScalarType type = call.result_type();
  const auto bound = [&](const char* name) { return call.given(name) ? call.operand(name, type) : std::string(); };
  const std::string low = bound("min"), high = bound("max");
  if (!call.is_tensor("min") && !call.is_tensor("max")) return call.result(call.add("Clip", {self(call), low, high}));
  std::string x = self(call);
  if (!low.empty()) x = call.add("Max", {x, low});
  if (!high.empty()) x = call.add("Min", {x, high});
  call.result(x);
}

const LoweringOf addition{{"add", "__add__"}, add};
const LoweringOf subtraction{{"sub", "subtract"}, subtract};
const LoweringOf reverse_subtraction{{"rsub"}, subtract_from};
const LoweringOf multiplication{{"mul", "multiply"}, multiply};
const LoweringOf division{{"div", "divide", "true_divide"}, divide};
const LoweringOf floor_division{
    {"floor_divide"}, [](Call& call) {
      const at::ScalarType type = call.result_type();
      call.result(floor_divided(call, call.operand("self", type), call.operand("other", type)));
    }};
const LoweringOf modulo{{"remainder"}, remainder};
const LoweringOf fmod{
    {"fmod"}, [](Call& call) {
      const at::ScalarType type = call.result_type();
      call.result(call.add("Mod", {call.operand("self", type), call.operand("other", type)}, {{"fmod", int64_t{1}}}));
    }};
const LoweringOf pow{{"pow"}, power};
const LoweringOf clamping{{"clamp", "clip"}, clamp};
const LoweringOf clamp_min{{"clamp_min"}, [](Call& call) {
                             const std::string bound = call.operand("min", call.result_type());
                             call.result(call.add("Max", {self(call), bound}));
                           }};
const LoweringOf clamp_max{{"clamp_max"}, [](Call& call) {
                             const std::string bound = call.operand("max", call.result_type());
                             call.result(call.add("Min", {self(call), bound}));
                           }};
const LoweringOf maximum{{"maximum"}, [](Call& call) {
                           call.result(call.add("Max", {self(call), call.operand("other", call.result_type())}));
                         }};
const LoweringOf minimum{{"minimum"}, [](Call& call) {
                           call.result(call.add("Min", {self(call), call.operand("other", call.result_type())}));
                         }};

// self + value * tensor1 * tensor2
const LoweringOf addcmul{
    {"addcmul"}, [](Call& call) {
      const at::ScalarType type = call.result_type();
      const std::string product = call.add("Mul", {call.operand("tensor1", type), call.operand("tensor2", type)});
      call.result(call.add("Add", {self(call), scaled(call, product, "value")}));
    }};
const LoweringOf addcdiv{
    {"addcdiv"}, [](Call& call) {
      const at::ScalarType type = call.result_type();
      const std::string quotient = call.add("Div", {call.operand("tensor1", type), call.operand("tensor2", type)});
      call.result(call.add("Add", {self(call), scaled(call, quotient, "value")}));
    }};
// self + weight * (end - self)
const LoweringOf lerp{{"lerp"}, [](Call& call) {
                        const at::ScalarType type = call.result_type();
                        const std::string way = call.add("Sub", {call.operand("end", type), self(call)});
                        call.result(call.add("Add", {self(call), scaled(call, way, "weight")}));
                      }};

// Functions of one tensor that ONNX has too.
struct Unary {
  const char* aten;
  const char* onnx;
};
constexpr Unary unary[] = {{"neg", "Neg"},
                           {"negative", "Neg"},
                           {"abs", "Abs"},
                           {"absolute", "Abs"},
                           {"sqrt", "Sqrt"},
                           {"exp", "Exp"},
                           {"log", "Log"},
                           {"sin", "Sin"},
                           {"cos", "Cos"},
                           {"tan", "Tan"},
                           {"asin", "Asin"},
                           {"acos", "Acos"},
                           {"atan", "Atan"},
                           {"sinh", "Sinh"},
                           {"cosh", "Cosh"},
                           {"asinh", "Asinh"},
                           {"acosh", "Acosh"},
                           {"atanh", "Atanh"},
                           {"erf", "Erf"},
                           {"special_erf", "Erf"},
                           {"sign", "Sign"},
                           {"sgn", "Sign"},
                           {"reciprocal", "Reciprocal"}};

void by_name(Call& call) {
  std::string name = call.name();
  if (name.ends_with("_")) name.pop_back();
  for (const Unary& entry : unary)
    if (name == std::string("aten::") + entry.aten) return call.result(call.add(entry.onnx, {self(call)}));
  TORCH_CHECK(false, "no function ", name);
}

const std::vector<LoweringOf> functions = [] {
  std::vector<LoweringOf> made;
  for (const Unary& entry : unary) made.emplace_back(std::initializer_list<const char*>{entry.aten}, by_name);
  return made;
}();

// Rounding leaves integers as they are.
template <const char* op>
void rounded(Call& call) {
  call.result(at::isFloatingType(call.type("self")) ? call.add(op, {call.tensor("self")}) : call.tensor("self"));
}
constexpr char kFloor[] = "Floor", kCeil[] = "Ceil", kRound[] = "Round";
const LoweringOf floor_of{{"floor"}, rounded<kFloor>};
const LoweringOf ceil_of{{"ceil"}, rounded<kCeil>};
const LoweringOf round_of{{"round"}, [](Call& call) {
                            if (call.overload("decimals")) call.refuse("to decimals has no form in ONNX");
                            rounded<kRound>(call);
                          }};
const LoweringOf trunc_of{{"trunc", "fix"}, [](Call& call) {
                            const std::string x = call.tensor("self");
                            call.result(at::isFloatingType(call.type("self")) ? truncated(call, x) : x);
                          }};

const LoweringOf rsqrt{{"rsqrt"},
                       [](Call& call) { call.result(call.add("Reciprocal", {call.add("Sqrt", {self(call)})})); }};
const LoweringOf square{{"square"}, [](Call& call) { call.result(call.add("Mul", {self(call), self(call)})); }};
const LoweringOf expm1{{"expm1"}, [](Call& call) {
                         call.result(call.add("Sub", {call.add("Exp", {self(call)}), constant(call, 1.0)}));
                       }};
const LoweringOf log1p{{"log1p"}, [](Call& call) {
                         call.result(call.add("Log", {call.add("Add", {self(call), constant(call, 1.0)})}));
                       }};
const LoweringOf log2_of{
    {"log2"}, [](Call& call) {
      call.result(call.add("Div", {call.add("Log", {self(call)}), constant(call, std::numbers::ln2)}));
    }};
const LoweringOf log10_of{
    {"log10"}, [](Call& call) {
      call.result(call.add("Div", {call.add("Log", {self(call)}), constant(call, std::numbers::ln10)}));
    }};
const LoweringOf exp2_of{{"exp2", "special_exp2"}, [](Call& call) {
                           call.result(call.add("Pow", {constant(call, 2.0), self(call)}));
                         }};

}  // namespace
}  // namespace dlrun
