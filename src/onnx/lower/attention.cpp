// Scaled dot product attention.

#include <cmath>
#include <limits>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// Swaps the last two dimensions.
std::string matrix_transposed(Call& call, const std::string& x, int64_t rank) {
  std::vector<int64_t> order;
  for (int64_t d = 0; d < rank - 2; ++d) order.push_back(d);
  order.push_back(rank - 1);
  order.push_back(rank - 2);
  return call.graph.transpose(x, order);
}

// [L, S] bool: whether key j is no later than query i. The same for all layers.
std::string causal_mask(Call& call, const Integer& queries, const Integer& keys) {
  const std::string rows = call.graph.number(queries), columns = call.graph.number(keys);
  return call.graph.once("causal " + rows + " " + columns, [&] {
    const auto range = [&](const std::string& end) {
      return call.add("Range", {call.graph.scalar(0, at::kLong), end, call.graph.scalar(1, at::kLong)});
    };
    return call.add("GreaterOrEqual", {call.graph.unsqueeze(range(rows), {1}), range(columns)});
  });
}

// softmax(query key^T scale + mask) value; query [..., L, E], key [..., S, E], value [..., S, Ev]
void attention(Call& call) {
  if (call.flag("enable_gqa")) call.refuse("with enable_gqa has no form here");
  const std::vector<Integer> query = call.shape("query"), key = call.shape("key");
  const at::ScalarType type = call.type("query");
  const double scale =
      call.given("scale") ? call.number("scale") : 1.0 / std::sqrt(static_cast<double>(call.fixed(query.back())));
  const std::string scaled = call.add("Mul", {call.tensor("query"), call.graph.scalar(scale, type)});
  std::string scores = call.add("MatMul", {scaled, matrix_transposed(call, call.tensor("key"), call.rank("key"))});
  const std::string never = call.graph.scalar(-std::numeric_limits<double>::infinity(), type);
  if (call.flag("is_causal")) {
    const std::string mask = causal_mask(call, query[query.size() - 2], key[key.size() - 2]);
    scores = call.add("Where", {mask, scores, never});
  }
  if (call.given("attn_mask")) {
    const std::string mask = call.tensor("attn_mask");
    scores = call.type("attn_mask") == at::kBool ? call.add("Where", {mask, scores, never})
                                                 : call.add("Add", {scores, call.operand("attn_mask", type)});
  }
  const std::string weights = call.add("Softmax", {scores}, {{"axis", int64_t{-1}}});
  call.result(call.add("MatMul", {weights, call.tensor("value")}));
}

const LoweringOf scaled_dot_product{{"scaled_dot_product_attention"}, attention};

}  // namespace
}  // namespace dlrun
