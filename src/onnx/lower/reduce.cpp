// Reductions over dimensions.

#include <cmath>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

std::vector<int64_t> axes_of(const Call& call) { return call.axes("dim", call.rank("self")); }

bool keeps(const Call& call) { return call.flag("keepdim"); }

std::string summed(Call& call) { return call.graph.cast(call.tensor("self"), call.type("self"), call.result_type()); }

template <const char* op>
void reduced(Call& call) {
  call.result(call.graph.reduce(op, summed(call), axes_of(call), keeps(call)));
}

constexpr char kSum[] = "ReduceSum", kMean[] = "ReduceMean", kMax[] = "ReduceMax", kMin[] = "ReduceMin",
               kProduct[] = "ReduceProd", kLogSumExp[] = "ReduceLogSumExp";
const LoweringOf sum{{"sum"}, reduced<kSum>};
const LoweringOf mean{{"mean"}, reduced<kMean>};
const LoweringOf amax{{"amax"}, reduced<kMax>};
const LoweringOf amin{{"amin"}, reduced<kMin>};
const LoweringOf product{{"prod"}, reduced<kProduct>};
const LoweringOf logsumexp{{"logsumexp"}, reduced<kLogSumExp>};

// max(x), max(x, dim) with indices, or the larger of two tensors.
template <const char* op, const char* arg, const char* pair>
void extreme(Call& call) {
  if (call.has("other")) return call.result(call.add(pair, {summed(call), call.operand("other", call.result_type())}));
  call.result(0, call.graph.reduce(op, call.tensor("self"), axes_of(call), keeps(call)));
  if (call.results() < 2) return;
  call.result(1, call.add(arg, {call.tensor("self")},
                          {{"axis", call.axis("dim", call.rank("self"))}, {"keepdims", int64_t{keeps(call)}}}));
}
constexpr char kArgMax[] = "ArgMax", kArgMin[] = "ArgMin", kLarger[] = "Max", kSmaller[] = "Min";
const LoweringOf max{{"max"}, extreme<kMax, kArgMax, kLarger>};
const LoweringOf min{{"min"}, extreme<kMin, kArgMin, kSmaller>};

template <const char* op>
void position(Call& call) {
  if (call.given("dim"))
    return call.result(call.add(op, {call.tensor("self")},
                                {{"axis", call.axis("dim", call.rank("self"))}, {"keepdims", int64_t{keeps(call)}}}));
  const std::string flat = call.add("Reshape", {call.tensor("self"), call.graph.integers({-1})});
  call.result(call.add(op, {flat}, {{"axis", int64_t{0}}, {"keepdims", int64_t{0}}}));
}
const LoweringOf argmax{{"argmax"}, position<kArgMax>};
const LoweringOf argmin{{"argmin"}, position<kArgMin>};

// How many numbers the axes hold, as a value of the result's type.
std::string count(Call& call, const std::vector<int64_t>& axes) {
  Integer count(1);
  for (const int64_t axis : axes) count = count * call.shape("self")[axis];
  return call.graph.cast(call.graph.number(count), at::kLong, call.result_type());
}

// Sum of squared distances from the mean over n - correction.
std::string variance(Call& call) {
  const std::vector<int64_t> axes = axes_of(call);
  const std::string x = summed(call);
  const std::string distance = call.add("Sub", {x, call.graph.reduce("ReduceMean", x, axes, true)});
  const std::string sum = call.graph.reduce("ReduceSum", call.add("Mul", {distance, distance}), axes, keeps(call));
  double correction = 1.0;
  if (call.has("unbiased")) correction = call.flag("unbiased") ? 1.0 : 0.0;
  if (call.given("correction")) correction = call.number("correction");
  std::string divisor = count(call, axes);
  if (correction != 0.0) divisor = call.add("Sub", {divisor, call.graph.scalar(correction, call.result_type())});
  return call.add("Div", {sum, divisor});
}
const LoweringOf var{{"var"}, [](Call& call) { call.result(variance(call)); }};
const LoweringOf std_of{{"std"}, [](Call& call) { call.result(call.add("Sqrt", {variance(call)})); }};

// The norms 1, 2 and infinity.
void norm(Call& call) {
  const char* order_name = call.has("ord") ? "ord" : "p";
  const double order = call.given(order_name) ? call.number(order_name) : 2.0;
  const std::vector<int64_t> axes = axes_of(call);
  const std::string x = summed(call);
  if (order == 1.0 || order == 2.0)
    return call.result(call.graph.reduce(order == 1.0 ? "ReduceL1" : "ReduceL2", x, axes, keeps(call)));
  if (!std::isinf(order)) call.refuse("of this order has no form in ONNX");
  call.result(call.graph.reduce(order > 0 ? "ReduceMax" : "ReduceMin", call.add("Abs", {x}), axes, keeps(call)));
}
const LoweringOf norms{{"norm", "linalg_vector_norm"}, norm};

// Of bools: as numbers, and back.
template <const char* op>
void of_bools(Call& call) {
  const std::string numbers = call.graph.cast(call.operand("self", at::kBool), at::kBool, at::kInt);
  call.result(call.graph.cast(call.graph.reduce(op, numbers, axes_of(call), keeps(call)), at::kInt, at::kBool));
}
const LoweringOf any{{"any"}, of_bools<kMax>};
const LoweringOf all{{"all"}, of_bools<kMin>};

const LoweringOf count_nonzero{{"count_nonzero"}, [](Call& call) {
                                 const std::string ones =
                                     call.graph.cast(call.operand("self", at::kBool), at::kBool, at::kLong);
                                 call.result(call.graph.reduce("ReduceSum", ones, axes_of(call), false));
                               }};

const LoweringOf cumsum{
    {"cumsum"}, [](Call& call) {
      call.result(
          call.add("CumSum", {summed(call), call.graph.scalar(call.axis("dim", call.rank("self")), at::kLong)}));
    }};

}  // namespace
}  // namespace dlrun
