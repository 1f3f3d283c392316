// dlrun's product of a sparse matrix and a dense one.

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// Every nonzero adds its multiple of a row of `dense` to a row of the result. Taken column by column, where the row of
// each nonzero is at hand.
void sparse_mm(Call& call) {
  call.needs_opset(16);
  const std::string order = call.tensor("order");
  const auto in_order = [&](const char* name) {
    return call.add("Gather", {call.tensor(name), order}, {{"axis", int64_t{0}}});
  };
  const std::string factors = call.graph.unsqueeze(in_order("values"), {1});
  const std::string rows = call.add("Gather", {call.tensor("dense"), in_order("column")}, {{"axis", int64_t{0}}});
  const std::string terms = call.add("Mul", {rows, factors});
  const std::string target =
      call.add("Expand", {call.graph.unsqueeze(call.tensor("row"), {1}), call.add("Shape", {terms})});
  const std::string zeros =
      call.add("Expand", {call.graph.scalar(0, call.result_type()), call.graph.list(call.result_shape())});
  call.result(
      call.add("ScatterElements", {zeros, target, terms}, {{"axis", int64_t{0}}, {"reduction", std::string("add")}}));
}

const LoweringOf sparse_product{{"dlrun::sparse_mm"}, sparse_mm};

}  // namespace
}  // namespace dlrun
