// Comparisons, logic, and choices between values.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// The type in which two operands meet: numbers that are no tensors, and tensors of no dimensions, count less.
at::ScalarType common_type(const Call& call, const std::string& a, const std::string& b) {
  const auto stand_in = [&](const std::string& argument) {
    const std::vector<int64_t> sizes(static_cast<size_t>(call.rank(argument)), 1);
    return at::empty(sizes, call.type(argument));
  };
  if (call.is_tensor(b)) return at::result_type(stand_in(a), stand_in(b));
  return at::result_type(stand_in(a), call.scalar_kind(b));
}

template <const char* op, bool negated>
void compare(Call& call) {
  at::ScalarType type = common_type(call, "self", "other");
  const bool equality = std::string(op) == "Equal";
  if (type == at::kBool && !equality) type = at::kInt;
  const std::string answer = call.add(op, {call.operand("self", type), call.operand("other", type)});
  call.result(negated ? call.add("Not", {answer}) : answer);
}

constexpr char kEqual[] = "Equal", kLess[] = "Less", kLessOrEqual[] = "LessOrEqual", kGreater[] = "Greater",
               kGreaterOrEqual[] = "GreaterOrEqual";
const LoweringOf eq{{"eq"}, compare<kEqual, false>};
const LoweringOf ne{{"ne", "not_equal"}, compare<kEqual, true>};
const LoweringOf lt{{"lt", "less"}, compare<kLess, false>};
const LoweringOf le{{"le", "less_equal"}, compare<kLessOrEqual, false>};
const LoweringOf gt{{"gt", "greater"}, compare<kGreater, false>};
const LoweringOf ge{{"ge", "greater_equal"}, compare<kGreaterOrEqual, false>};

// Of bools; bitwise operators on other integers have no form before opset 18.
template <const char* op>
void logic(Call& call) {
  if (!call.name().starts_with("aten::logical") && call.type("self") != at::kBool)
    call.refuse("of integers has no form in ONNX");
  call.result(call.add(op, {call.operand("self", at::kBool), call.operand("other", at::kBool)}));
}
constexpr char kAnd[] = "And", kOr[] = "Or", kXor[] = "Xor";
const LoweringOf logical_and{{"logical_and", "bitwise_and", "__and__"}, logic<kAnd>};
const LoweringOf logical_or{{"logical_or", "bitwise_or", "__or__"}, logic<kOr>};
const LoweringOf logical_xor{{"logical_xor", "bitwise_xor", "__xor__"}, logic<kXor>};
const LoweringOf logical_not{{"logical_not", "bitwise_not"}, [](Call& call) {
                               if (!call.name().starts_with("aten::logical") && call.type("self") != at::kBool)
                                 call.refuse("of integers has no form in ONNX");
                               call.result(call.add("Not", {call.operand("self", at::kBool)}));
                             }};

const LoweringOf isnan_of{{"isnan"}, [](Call& call) { call.result(call.add("IsNaN", {call.tensor("self")})); }};
const LoweringOf isinf_of{{"isinf"}, [](Call& call) { call.result(call.add("IsInf", {call.tensor("self")})); }};
const LoweringOf isfinite_of{
    {"isfinite"}, [](Call& call) {
      const std::string x = call.tensor("self");
      const std::string either = call.add("Or", {call.add("IsNaN", {x}), call.add("IsInf", {x})});
      call.result(call.add("Not", {either}));
    }};

const LoweringOf where{{"where"}, [](Call& call) {
                         if (!call.has("self")) call.refuse("of a condition alone has no form here; use nonzero");
                         const at::ScalarType type = call.result_type();
                         call.result(call.add("Where", {call.operand("condition", at::kBool),
                                                        call.operand("self", type), call.operand("other", type)}));
                       }};

const LoweringOf masked_fill{{"masked_fill"}, [](Call& call) {
                               const at::ScalarType type = call.result_type();
                               call.result(call.add("Where", {call.operand("mask", at::kBool),
                                                              call.operand("value", type), call.tensor("self")}));
                             }};

// Conversions. Memory order and device mean nothing in a graph.
void convert(Call& call) { call.result(call.graph.cast(call.tensor("self"), call.type("self"), call.result_type())); }
const LoweringOf to{{"to", "_to_copy", "type_as"}, convert};

void same(Call& call) { call.result(call.tensor(call.has("self") ? "self" : "input")); }
const LoweringOf passed_on{
    {"contiguous", "clone", "detach", "alias", "lift_fresh", "positive", "resolve_conj", "resolve_neg", "cpu"}, same};

// self becomes src, broadcast and converted.
const LoweringOf copy{
    {"copy"}, [](Call& call) {
      const std::string source = call.graph.cast(call.tensor("src"), call.type("src"), call.result_type());
      const bool same_shape = call.shape("src") == call.result_shape();
      call.result(same_shape ? source : call.add("Expand", {source, call.graph.list(call.result_shape())}));
    }};

}  // namespace
}  // namespace dlrun
