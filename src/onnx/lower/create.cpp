// New tensors whose sizes follow the input. Those of fixed sizes never come here: they are computed once.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

void fill(Call& call, const std::string& value) {
  call.result(call.add("Expand", {value, call.graph.list(call.result_shape())}));
}

const LoweringOf zeros{{"zeros", "zeros_like", "new_zeros", "zero"},
                       [](Call& call) { fill(call, call.graph.scalar(0, call.result_type())); }};
const LoweringOf ones{{"ones", "ones_like", "new_ones"},
                      [](Call& call) { fill(call, call.graph.scalar(1, call.result_type())); }};
const LoweringOf full{{"full", "full_like", "new_full"},
                      [](Call& call) { fill(call, call.operand("fill_value", call.result_type())); }};
const LoweringOf fill_of{{"fill"}, [](Call& call) { fill(call, call.operand("value", call.result_type())); }};
const LoweringOf scalar_tensor{{"scalar_tensor"},
                               [](Call& call) { call.result(call.operand("s", call.result_type())); }};

const LoweringOf arange{{"arange"}, [](Call& call) {
                          const at::ScalarType type = call.result_type();
                          const auto number = [&](const char* name, int64_t otherwise) {
                            return call.given(name) ? call.operand(name, type) : call.graph.scalar(otherwise, type);
                          };
                          call.result(call.add("Range", {number("start", 0), number("end", 0), number("step", 1)}));
                        }};

// The matrix with ones on its diagonal.
const LoweringOf eye{
    {"eye"}, [](Call& call) {
      const auto range = [&](const Integer& end) {
        return call.add("Range",
                        {call.graph.scalar(0, at::kLong), call.graph.number(end), call.graph.scalar(1, at::kLong)});
      };
      const std::vector<Integer> shape = call.result_shape();
      const std::string equal = call.add("Equal", {call.graph.unsqueeze(range(shape[0]), {1}), range(shape[1])});
      call.result(call.graph.cast(equal, at::kBool, call.result_type()));
    }};

}  // namespace
}  // namespace dlrun
