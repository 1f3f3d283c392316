// Recurrent layers over whole sequences.

#include <string>
#include <vector>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

// One of ONNX's recurrent operators, and where PyTorch's gates stand in its order.
struct Kind {
  const char* op;
  std::vector<int64_t> gates;
  OnnxAttributes attributes;
  bool cell = false;  // has a second state
};

// [gates * hidden, ...] with its gates in ONNX's order.
std::string reordered(Call& call, const std::string& x, const Kind& kind, int64_t hidden) {
  if (kind.gates.size() == 1) return x;
  const std::vector<int64_t> sizes(kind.gates.size(), hidden);
  const std::vector<std::string> gates =
      call.graph.add_many("Split", {x, call.graph.integers(sizes)}, sizes.size(), {{"axis", int64_t{0}}});
  std::vector<std::string> ordered;
  for (const int64_t gate : kind.gates) ordered.push_back(gates[gate]);
  return call.add("Concat", ordered, {{"axis", int64_t{0}}});
}

std::string joined(Call& call, const std::vector<std::string>& parts) {
  return parts.size() == 1 ? parts[0] : call.add("Concat", parts, {{"axis", int64_t{0}}});
}

// One layer, both directions of it. `first` is the index of its first parameter.
struct LayerWeights {
  std::string weight, recurrent, bias;
};

LayerWeights layer_of(Call& call, const Kind& kind, size_t first, int64_t directions, int64_t hidden) {
  const std::vector<std::string> parameters = call.tensors("params");
  const bool biases = call.flag("has_biases");
  std::vector<std::string> weights, recurrents, bias;
  for (int64_t direction = 0; direction < directions; ++direction) {
    const size_t at = first + static_cast<size_t>(direction) * (biases ? 4 : 2);
    weights.push_back(call.graph.unsqueeze(reordered(call, parameters[at], kind, hidden), {0}));
    recurrents.push_back(call.graph.unsqueeze(reordered(call, parameters[at + 1], kind, hidden), {0}));
    if (!biases) continue;
    const std::string both =
        call.add("Concat",
                 {reordered(call, parameters[at + 2], kind, hidden), reordered(call, parameters[at + 3], kind, hidden)},
                 {{"axis", int64_t{0}}});
    bias.push_back(call.graph.unsqueeze(both, {0}));
  }
  return {joined(call, weights), joined(call, recurrents), biases ? joined(call, bias) : ""};
}

// input [steps, batch, in] (or batch first), states [layers * directions, batch, hidden] -> all outputs, last states
void recurrent(Call& call, const Kind& kind) {
  if (!call.has("has_biases") || !call.has("batch_first")) call.refuse("over packed sequences has no form here");
  if (call.flag("train") && call.number("dropout") > 0) call.refuse("drops at random while training");
  const int64_t layers = call.fixed("num_layers"), directions = call.flag("bidirectional") ? 2 : 1;
  const int64_t hidden = call.fixed(call.shape("params", 1)[1]);
  if (call.count("params") != static_cast<size_t>(layers * directions * (call.flag("has_biases") ? 4 : 2)))
    call.refuse("with projections has no form in ONNX");
  const std::vector<std::string> states = kind.cell ? call.tensors("hx") : std::vector<std::string>{call.tensor("hx")};
  OnnxAttributes attributes = kind.attributes;
  attributes.emplace_back("hidden_size", hidden);
  attributes.emplace_back("direction", std::string(directions == 2 ? "bidirectional" : "forward"));

  const bool batch_first = call.flag("batch_first");
  std::string x = call.tensor("input");
  if (batch_first) x = call.graph.transpose(x, {1, 0, 2});
  std::vector<std::string> last_hidden, last_cell;
  for (int64_t layer = 0; layer < layers; ++layer) {
    const size_t first = call.count("params") / static_cast<size_t>(layers) * static_cast<size_t>(layer);
    const LayerWeights weights = layer_of(call, kind, first, directions, hidden);
    std::vector<std::string> inputs = {x, weights.weight, weights.recurrent, weights.bias, ""};
    for (const std::string& state : states)
      inputs.push_back(call.add("Slice", {state, call.graph.integers({layer * directions}),
                                          call.graph.integers({(layer + 1) * directions}), call.graph.integers({0})}));
    const std::vector<std::string> made = call.graph.add_many(kind.op, inputs, kind.cell ? 3 : 2, attributes);
    // [steps, directions, batch, hidden] -> [steps, batch, directions * hidden]
    x = call.add("Reshape", {call.graph.transpose(made[0], {0, 2, 1, 3}), call.graph.integers({0, 0, -1})});
    last_hidden.push_back(made[1]);
    if (kind.cell) last_cell.push_back(made[2]);
  }
  call.result(0, batch_first ? call.graph.transpose(x, {1, 0, 2}) : x);
  call.result(1, joined(call, last_hidden));
  if (kind.cell) call.result(2, joined(call, last_cell));
}

// PyTorch's gates: input, forget, cell, output; ONNX's: input, output, forget, cell.
const LoweringOf lstm{{"lstm"}, [](Call& call) { recurrent(call, {"LSTM", {0, 3, 1, 2}, {}, true}); }};
// PyTorch's gates: reset, update, new; ONNX's: update, reset, new.
const LoweringOf gru{{"gru"}, [](Call& call) {
                       recurrent(call, {"GRU", {1, 0, 2}, {{"linear_before_reset", int64_t{1}}}, false});
                     }};
void plain(Call& call, const char* activation) {
  const size_t directions = call.flag("bidirectional") ? 2 : 1;
  recurrent(call, {"RNN", {0}, {{"activations", std::vector<std::string>(directions, activation)}}, false});
}
const LoweringOf rnn_tanh{{"rnn_tanh"}, [](Call& call) { plain(call, "Tanh"); }};
const LoweringOf rnn_relu{{"rnn_relu"}, [](Call& call) { plain(call, "Relu"); }};

}  // namespace
}  // namespace dlrun
