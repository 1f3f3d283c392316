// Recurrent layers over sequences.

#include "nn/recurrent.h"

#include <cmath>
#include <optional>
#include <tuple>

#include "nn/build_device.h"
#include "nn/init.h"
#include "nn/over_steps.h"
#include "tensor/autocast.h"
#include "tensor/recurrent_layers.h"

namespace dlrun {
namespace {

int64_t gates(RecurrentCell cell) {
  switch (cell) {
    case RecurrentCell::gru:
      return 3;
    case RecurrentCell::lstm:
      return 4;
    default:
      return 1;
  }
}

}  // namespace

Recurrent::Recurrent(const RecurrentOptions& options) : options_(options) {
  const int64_t rows = gates(options.cell) * options.hidden;
  weights_.resize(static_cast<size_t>(4 * options.layers * directions()));
  const double bound = 1.0 / std::sqrt(static_cast<double>(options.hidden));
  size_t next = 0;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    const int64_t inputs = layer == 0 ? options.inputs : outputs();
    for (int64_t direction = 0; direction < directions(); ++direction) {
      const std::string end = "_l" + std::to_string(layer) + (direction == 1 ? "_reverse" : "");
      const auto add = [&](const std::string& name, at::IntArrayRef shape) {
        at::Tensor& slot = weights_[next++];
        parameter(name + end, slot, new_tensor(shape.vec()));
        uniform_(slot, -bound, bound);
      };
      add("weight_ih", {rows, inputs});
      add("weight_hh", {rows, options.hidden});
      add("bias_ih", {rows});
      add("bias_hh", {rows});
    }
  }
  dropout_ = make<Dropout>("dropout", options.dropout);
}

at::Tensor Recurrent::run(const at::Tensor& given, std::vector<at::Tensor> weights, bool both,
                          std::vector<at::Tensor>& state) const {
  const bool learning = training();
  // On a CPU libtorch hands the layer to oneDNN, which has no narrow form of it on most processors.
  std::optional<NoAutocast> as_it_is;
  if (given.is_cpu()) as_it_is.emplace();
  const at::Tensor input = given.is_cpu() ? given.to(weights.front().scalar_type()) : given;
  at::Tensor output, hidden, cell;
  switch (options_.cell) {
    case RecurrentCell::lstm:
      std::tie(output, hidden, cell) =
          at::lstm(input, state, weights, true, 1, 0.0, learning, both, /*batch_first=*/true);
      state = {hidden, cell};
      return output;
    case RecurrentCell::gru:
      std::tie(output, hidden) = at::gru(input, state[0], weights, true, 1, 0.0, learning, both, /*batch_first=*/true);
      break;
    case RecurrentCell::rnn_relu:
      std::tie(output, hidden) =
          at::rnn_relu(input, state[0], weights, true, 1, 0.0, learning, both, /*batch_first=*/true);
      break;
    default:
      std::tie(output, hidden) =
          at::rnn_tanh(input, state[0], weights, true, 1, 0.0, learning, both, /*batch_first=*/true);
  }
  state = {hidden};
  return output;
}

at::Tensor Recurrent::run_from_zero(const at::Tensor& input, std::vector<at::Tensor> weights, bool both) const {
  // ATen's GRU on a CPU takes each step apart, and the LSTM it hands to oneDNN copies much; evaluation and export see
  // them all the same.
  const bool gated = options_.cell == RecurrentCell::gru || options_.cell == RecurrentCell::lstm;
  if (gated && training() && recurrent_layer_takes(input, weights[0]))
    return options_.cell == RecurrentCell::gru ? gru(input, weights) : lstm(input, weights);
  const at::Tensor zeros = at::zeros({both ? 2 : 1, input.size(0), options_.hidden}, weights.front().options());
  std::vector<at::Tensor> state = {zeros, zeros};
  return run(input, std::move(weights), both, state);
}

at::Tensor Recurrent::layer(const at::Tensor& input, int64_t index, const at::Tensor& lengths) {
  const auto first = weights_.begin() + 4 * index * directions();
  if (!options_.bidirectional || !lengths.defined())
    return run_from_zero(input, {first, first + 4 * directions()}, options_.bidirectional);
  const at::Tensor onward = run_from_zero(input, {first, first + 4}, false);
  const at::Tensor back = run_from_zero(reversed_within(input, lengths), {first + 4, first + 8}, false);
  return at::cat({onward, reversed_within(back, lengths)}, 2);
}

at::Tensor Recurrent::forward(const at::Tensor& input, const at::Tensor& lengths) {
  return pass([this](const at::Tensor& values, const at::Tensor& ends) { return compute(values, ends); }, input,
              lengths);
}

at::Tensor Recurrent::compute(const at::Tensor& input, const at::Tensor& lengths) {
  at::Tensor values = input;
  for (int64_t index = 0; index < options_.layers; ++index) {
    if (index > 0) values = dropout_->forward(values);
    values = layer(values, index, lengths);
  }
  if (!lengths.defined()) return values;
  return values * within_lengths(lengths, values.size(1)).unsqueeze(2).to(values.scalar_type());
}

std::vector<std::string> Recurrent::state_names(int64_t layer) const {
  const std::string end = "_l" + std::to_string(layer);
  if (options_.cell == RecurrentCell::lstm) return {"hidden" + end, "cell" + end};
  return {"hidden" + end};
}

Batch Recurrent::start(int64_t rows) const {
  Batch states;
  states.count = rows;
  for (int64_t layer = 0; layer < options_.layers; ++layer)
    for (const std::string& name : state_names(layer))
      states.set(name, at::zeros({rows, options_.hidden}, weights_.front().options()));
  return states;
}

at::Tensor Recurrent::advance(const at::Tensor& input, Batch& states) {
  TORCH_CHECK(!options_.bidirectional, "the way back begins at the end, which a sequence in pieces does not have yet");
  return pass([this, &states](const at::Tensor& values) { return compute_onward(values, states); }, input);
}

at::Tensor Recurrent::compute_onward(const at::Tensor& input, Batch& states) {
  at::Tensor values = input;
  for (int64_t layer = 0; layer < options_.layers; ++layer) {
    if (layer > 0) values = dropout_->forward(values);
    const std::vector<std::string> names = state_names(layer);
    std::vector<at::Tensor> state;
    for (const std::string& name : names) state.push_back(states[name].unsqueeze(0));
    const auto first = weights_.begin() + 4 * layer;
    values = run(values, {first, first + 4}, false, state);
    for (size_t i = 0; i < names.size(); ++i) states.set(names[i], state[i].squeeze(0));
  }
  return values;
}

at::Tensor reversed_within(const at::Tensor& values, const at::Tensor& lengths) {
  const at::Tensor positions = at::arange(values.size(1), lengths.options()).unsqueeze(0);
  const at::Tensor mirrored = lengths.unsqueeze(1) - 1 - positions;
  const at::Tensor from = at::where(mirrored.ge(0), mirrored, positions);
  return values.gather(1, from.unsqueeze(2).expand({-1, -1, values.size(2)}));
}

}  // namespace dlrun
