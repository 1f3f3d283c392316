// RNN, GRU and LSTM: forward, backward or both; with lengths, peepholes, clipping and any activation.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Activation = std::function<at::Tensor(const at::Tensor&)>;

Activation activation_of(const std::string& name, double alpha, double beta) {
  const std::map<std::string, Activation> known = {
      {"Affine", [=](const at::Tensor& x) { return x * alpha + beta; }},
      {"Elu", [=](const at::Tensor& x) { return at::elu(x, alpha); }},
      {"HardSigmoid", [=](const at::Tensor& x) { return at::clamp(x * alpha + beta, 0, 1); }},
      {"LeakyRelu", [=](const at::Tensor& x) { return at::leaky_relu(x, alpha); }},
      {"Relu", [](const at::Tensor& x) { return at::relu(x); }},
      {"ScaledTanh", [=](const at::Tensor& x) { return at::tanh(x * beta) * alpha; }},
      {"Sigmoid", [](const at::Tensor& x) { return at::sigmoid(x); }},
      {"Softplus", [](const at::Tensor& x) { return at::softplus(x); }},
      {"Softsign", [](const at::Tensor& x) { return x / (1 + x.abs()); }},
      {"Tanh", [](const at::Tensor& x) { return at::tanh(x); }},
      {"ThresholdedRelu", [=](const at::Tensor& x) { return at::where(x.gt(alpha), x, at::zeros_like(x)); }},
  };
  const auto found = known.find(name);
  if (found == known.end()) refuse("activation '{}' is not supported", name);
  return found->second;
}

// ONNX's defaults of activation_alpha and activation_beta.
std::pair<double, double> defaults_of(const std::string& name) {
  if (name == "LeakyRelu") return {0.01, 0};
  if (name == "HardSigmoid") return {0.2, 0.5};
  return {1, name == "ScaledTanh" ? 1 : 0};
}

struct State {
  at::Tensor hidden, cell;  // [N, H]; the cell is the LSTM's alone
};

// One direction's weights: w [gates H, I], r [gates H, H], biases [gates H], peepholes [3 H].
struct Weights {
  at::Tensor w, r, w_bias, r_bias, peepholes;
};

struct Recurrent {
  std::string kind;
  int64_t gates, hidden;
  std::vector<std::string> directions;  // "forward", "reverse"
  std::vector<Activation> activations;  // for each direction those of a step
  double limit = 0;                     // of what goes into a gate; 0: none
  bool batch_first = false, reset_after_product = false, couple_input_forget = false;

  const Activation& activation(size_t direction, size_t which) const {
    return activations[direction * (activations.size() / directions.size()) + which];
  }
  at::Tensor activate(size_t direction, size_t which, const at::Tensor& x) const {
    return activation(direction, which)(limit > 0 ? x.clamp(-limit, limit) : x);
  }

  // x [N, gates H]: the input's share of the gates, biases of the input in it.
  State step(size_t direction, const Weights& weights, const at::Tensor& x, const State& last) const {
    if (kind == "RNN") {
      return {activate(direction, 0, x + at::linear(last.hidden, weights.r, weights.r_bias)), {}};
    }
    if (kind == "GRU") return gru(direction, weights, x, last);
    return lstm(direction, weights, x, last);
  }

  State gru(size_t direction, const Weights& weights, const at::Tensor& x, const State& last) const {
    const at::Tensor recurrent =
        at::linear(last.hidden, weights.r.narrow(0, 0, 2 * hidden), weights.r_bias.narrow(0, 0, 2 * hidden));
    const at::Tensor both = activate(direction, 0, x.narrow(1, 0, 2 * hidden) + recurrent);
    const at::Tensor update = both.narrow(1, 0, hidden), reset = both.narrow(1, hidden, hidden);
    const at::Tensor r = weights.r.narrow(0, 2 * hidden, hidden), bias = weights.r_bias.narrow(0, 2 * hidden, hidden);
    const at::Tensor past =
        reset_after_product ? reset * at::linear(last.hidden, r, bias) : at::linear(reset * last.hidden, r, bias);
    const at::Tensor proposal = activate(direction, 1, x.narrow(1, 2 * hidden, hidden) + past);
    return {(1 - update) * proposal + update * last.hidden, {}};
  }

  State lstm(size_t direction, const Weights& weights, const at::Tensor& x, const State& last) const {
    const auto gate = (x + at::linear(last.hidden, weights.r, weights.r_bias)).chunk(4, 1);  // in, out, forget, cell
    auto peep = [&](int64_t which, const at::Tensor& gate, const at::Tensor& cell) {
      return weights.peepholes.defined() ? gate + weights.peepholes.narrow(0, which * hidden, hidden) * cell : gate;
    };
    const at::Tensor in = activate(direction, 0, peep(0, gate[0], last.cell));
    const at::Tensor forget = couple_input_forget ? 1 - in : activate(direction, 0, peep(2, gate[2], last.cell));
    const at::Tensor cell = forget * last.cell + in * activate(direction, 1, gate[3]);
    const at::Tensor out = activate(direction, 0, peep(1, gate[1], cell));
    // Clipping is for what enters the gates: onnxruntime leaves the cell as it is.
    return {out * activation(direction, 2)(cell), cell};
  }

  // x [T, N, I] -> all hidden states [T, N, H]; `state` goes in and comes out.
  at::Tensor run_direction(size_t direction, const Weights& weights, const at::Tensor& x, const at::Tensor& lengths,
                           State& state) const {
    OnnxBudget::current().spend_nodes(x.size(0));
    MemoryBound::expect(x.size(0), bytes_of_tensor_object);
    const at::Tensor shares = at::linear(x, weights.w, weights.w_bias);  // [T, N, gates H]
    const bool backwards = directions[direction] == "reverse";
    std::vector<at::Tensor> outputs(static_cast<size_t>(x.size(0)));
    for (int64_t i = 0; i < x.size(0); ++i) {
      const int64_t t = backwards ? x.size(0) - 1 - i : i;
      State next = step(direction, weights, shares[t], state);
      at::Tensor output = next.hidden;
      if (lengths.defined()) {
        // Behind its end a sequence gives zeros and keeps its state.
        const at::Tensor alive = lengths.gt(t).unsqueeze(1);
        output = at::where(alive, output, at::zeros_like(output));
        next.hidden = at::where(alive, next.hidden, state.hidden);
        if (next.cell.defined()) next.cell = at::where(alive, next.cell, state.cell);
      }
      outputs[static_cast<size_t>(t)] = output;
      state = std::move(next);
    }
    if (outputs.empty()) return at::zeros({0, x.size(1), hidden}, x.options());
    return at::stack(outputs);
  }

  Weights weights_of(OnnxInputs in, int64_t direction) const {
    auto there = [&](size_t i) { return i < in.size() && in[i].defined(); };
    Weights weights{in[1][direction], in[2][direction], {}, {}, {}};
    const at::Tensor none = at::zeros({gates * hidden}, in[0].options());
    weights.w_bias = there(3) ? in[3][direction].narrow(0, 0, gates * hidden) : none;
    weights.r_bias = there(3) ? in[3][direction].narrow(0, gates * hidden, gates * hidden) : none;
    if (there(7)) weights.peepholes = in[7][direction];
    return weights;
  }

  void expect_shapes(OnnxInputs in) const {
    const auto count = static_cast<int64_t>(directions.size());
    auto expect = [&](size_t i, const char* what, std::vector<int64_t> shape) {
      if (i >= in.size() || !in[i].defined() || in[i].sizes() == at::IntArrayRef(shape)) return;
      refuse("{} must be [{}], it is [{}]", what, fmt::join(shape, ", "), fmt::join(in[i].sizes(), ", "));
    };
    if (in[0].dim() != 3) refuse("X must have 3 dimensions, it has {}", in[0].dim());
    expect(1, "W", {count, gates * hidden, in[0].size(2)});
    expect(2, "R", {count, gates * hidden, hidden});
    expect(3, "B", {count, 2 * gates * hidden});
    const int64_t batch = in[0].size(batch_first ? 0 : 1);
    expect(4, "sequence_lens", {batch});
    const std::vector<int64_t> state =
        batch_first ? std::vector<int64_t>{batch, count, hidden} : std::vector<int64_t>{count, batch, hidden};
    expect(5, "initial_h", state);
    expect(6, "initial_c", state);
    expect(7, "P", {count, 3 * hidden});
  }

  OnnxOutputs run(OnnxInputs in) const {
    expect_shapes(in);
    auto there = [&](size_t i) { return i < in.size() && in[i].defined(); };
    const at::Tensor x = batch_first ? in[0].transpose(0, 1) : in[0];  // [T, N, I]
    const at::Tensor lengths = there(4) ? in[4].to(at::kLong) : at::Tensor();
    std::vector<at::Tensor> outputs, last_hidden, last_cell;
    for (size_t d = 0; d < directions.size(); ++d) {
      const auto direction = static_cast<int64_t>(d);
      auto initial = [&](size_t i) {
        if (!there(i)) return at::zeros({x.size(1), hidden}, x.options());
        return batch_first ? in[i].select(1, direction) : in[i][direction];
      };
      State state{initial(5), kind == "LSTM" ? initial(6) : at::Tensor()};
      outputs.push_back(run_direction(d, weights_of(in, direction), x, lengths, state));
      last_hidden.push_back(state.hidden);
      last_cell.push_back(state.cell);
    }
    // Y [T, D, N, H] and states [D, N, H]; batch first: [N, T, D, H] and [N, D, H].
    const at::Tensor y = batch_first ? at::stack(outputs, 2).transpose(0, 1) : at::stack(outputs, 1);
    OnnxOutputs result = {y, at::stack(last_hidden, batch_first ? 1 : 0)};
    if (kind == "LSTM") result.push_back(at::stack(last_cell, batch_first ? 1 : 0));
    return result;
  }
};

std::vector<Activation> activations_of(OnnxNodeReader& node, const std::vector<std::string>& defaults,
                                       size_t directions) {
  const auto given = node.texts("activations");
  const auto alphas = node.reals("activation_alpha").value_or(std::vector<float>());
  const auto betas = node.reals("activation_beta").value_or(std::vector<float>());
  std::vector<std::string> names = given.value_or(std::vector<std::string>());
  for (size_t d = 0; !given && d < directions; ++d) names.insert(names.end(), defaults.begin(), defaults.end());
  if (names.size() != defaults.size() * directions) {
    refuse("attribute 'activations' has {} names, expected {}", names.size(), defaults.size() * directions);
  }
  std::vector<Activation> result;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto [alpha, beta] = defaults_of(names[i]);
    result.push_back(
        activation_of(names[i], i < alphas.size() ? alphas[i] : alpha, i < betas.size() ? betas[i] : beta));
  }
  return result;
}

OnnxKernel recurrent(OnnxNodeReader& node, int64_t gates, const std::vector<std::string>& defaults) {
  const bool is_lstm = node.op() == "LSTM";
  node.arity(3, is_lstm ? 8 : 6, is_lstm ? 3 : 2);
  Recurrent call{node.op(), gates, node.integer("hidden_size"), {}, {}};
  if (call.hidden < 1 || call.hidden > int64_t{1} << 31) refuse("attribute 'hidden_size' is {}", call.hidden);
  const std::string direction = node.text("direction", "forward", {"forward", "reverse", "bidirectional"});
  if (direction != "reverse") call.directions.push_back("forward");
  if (direction != "forward") call.directions.push_back("reverse");
  call.activations = activations_of(node, defaults, call.directions.size());
  call.limit = node.real("clip", 0);
  call.batch_first = node.opset >= 14 && node.flag("layout", false);
  if (node.op() == "GRU") call.reset_after_product = node.flag("linear_before_reset", false);
  if (is_lstm) call.couple_input_forget = node.flag("input_forget", false);
  return [call](OnnxInputs in) { return call.run(in); };
}

OnnxKernel simple(OnnxNodeReader& node) { return recurrent(node, 1, {"Tanh"}); }
OnnxKernel gru(OnnxNodeReader& node) { return recurrent(node, 3, {"Sigmoid", "Tanh"}); }
OnnxKernel lstm(OnnxNodeReader& node) { return recurrent(node, 4, {"Sigmoid", "Tanh", "Tanh"}); }

const OnnxRegistered recurrent_entries{{"GRU", gru}, {"LSTM", lstm}, {"RNN", simple}};

}  // namespace
}  // namespace dlrun
