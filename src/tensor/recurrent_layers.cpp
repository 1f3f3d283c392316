// Recurrent layers as operators, with their gradients: what kinds of cell have in common.

#include "tensor/recurrent_layers.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "tensor/kernels/cpu/recurrent_step.h"
#include "tensor/recording.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t gradient_gates = 4;  // parts of a row of gradients, of either kind

struct GruCell {
  static constexpr const char* name = "dlrun::gru";
  static constexpr int64_t gates = 3;
  // A row of gradients is that of what the state gives in its first `gates` parts, the last gate first, and that of
  // what the input gives in its last ones.
  static constexpr int64_t state_turn = 1;
  static constexpr auto step = &cpu::gru_step;
  static constexpr auto step_gradient = &cpu::gru_step_gradient;
};

struct LstmCell {
  static constexpr const char* name = "dlrun::lstm";
  static constexpr int64_t gates = 4;
  static constexpr int64_t state_turn = 0;
  static constexpr auto step = &cpu::lstm_step;
  static constexpr auto step_gradient = &cpu::lstm_step_gradient;
};

// The weights of one way.
struct WayWeights {
  at::Tensor weight_ih, weight_hh, bias_ih, bias_hh;
};
WayWeights way_weights(at::TensorList weights, size_t way) {
  const size_t first = 4 * way;
  return {weights[first], weights[first + 1], weights[first + 2].contiguous(), weights[first + 3].contiguous()};
}

// All with the steps first, so that what belongs to a step lies together.
struct LayerPass {
  at::Tensor input;               // [T, B, I]
  at::Tensor states;              // [T, B, ways H]
  std::vector<at::Tensor> gates;  // of each way [T, B, gates H]
  std::vector<at::Tensor> kept;   // of each way [T, B, H]
};

// Which step comes i-th on this way, and whose state it begins with.
struct Turn {
  int64_t at, before;
};
Turn turn(size_t way, int64_t i, int64_t steps) {
  const int64_t at = way == 0 ? i : steps - 1 - i;
  return {at, way == 0 ? at - 1 : at + 1};
}

template <class Cell>
void go(const WayWeights& weights, size_t way, LayerPass& pass) {
  const int64_t steps = pass.input.size(0), batch = pass.input.size(1), width = weights.weight_hh.size(1);
  const int64_t stride = pass.states.size(2), row = batch * width;
  pass.gates.push_back(at::matmul(pass.input, weights.weight_ih.t()));
  pass.kept.push_back(at::empty({steps, batch, width}, pass.input.options()));
  if (pass.input.is_meta()) return;
  const at::Tensor turned = weights.weight_hh.t();
  const at::Tensor zeros = at::zeros({batch, stride}, pass.input.options());
  at::Tensor of_state = at::zeros({batch, Cell::gates * width}, pass.input.options());
  const std::vector<at::Tensor> states = pass.states.narrow(2, static_cast<int64_t>(way) * width, width).unbind(0);
  float *gates = pass.gates.back().data_ptr<float>(), *kept = pass.kept.back().data_ptr<float>();
  cpu::RecurrentStep step{batch, width, stride, weights.bias_ih.const_data_ptr<float>(),
                          weights.bias_hh.const_data_ptr<float>()};
  step.of_state = of_state.const_data_ptr<float>();
  for (int64_t i = 0; i < steps; ++i) {
    const auto [at, before] = turn(way, i, steps);
    if (i > 0) at::mm_out(of_state, states[static_cast<size_t>(before)], turned);
    step.before = i > 0 ? states[static_cast<size_t>(before)].const_data_ptr<float>() : zeros.const_data_ptr<float>();
    step.kept_before = i > 0 ? kept + before * row : zeros.const_data_ptr<float>();
    step.gates = gates + at * Cell::gates * row;
    step.kept = kept + at * row;
    step.state = states[static_cast<size_t>(at)].data_ptr<float>();
    Cell::step(step);
  }
}

template <class Cell>
LayerPass go_all(const at::Tensor& input, at::TensorList weights) {
  const size_t ways = weights.size() / 4;
  LayerPass pass;
  pass.input = input.transpose(0, 1).contiguous();
  pass.states =
      at::empty({input.size(1), input.size(0), static_cast<int64_t>(ways) * weights[1].size(1)}, input.options());
  for (size_t way = 0; way < ways; ++way) go<Cell>(way_weights(weights, way), way, pass);
  return pass;
}

// Of one way: its weights and what it adds to that of the input, [T B, I], where that is asked for.
struct WayGradient {
  WayWeights weights;
  at::Tensor input;
};

template <class Cell>
WayGradient go_back(const WayWeights& weights, size_t way, const LayerPass& pass, const at::Tensor& gradient,
                    bool of_input) {
  const int64_t steps = pass.input.size(0), batch = pass.input.size(1), width = weights.weight_hh.size(1);
  const int64_t stride = pass.states.size(2), row = batch * width, first = static_cast<int64_t>(way) * width;
  const at::TensorOptions options = pass.input.options();
  const at::Tensor gates = at::empty({steps, batch, gradient_gates * width}, options);
  const at::Tensor zeros = at::zeros({batch, stride}, options), carried = at::zeros({batch, width}, options);
  at::Tensor by_product = at::zeros({batch, width}, options);
  const at::Tensor sums = at::zeros({gradient_gates * width}, options);
  const at::Tensor turned = Cell::state_turn == 0 ? weights.weight_hh : weights.weight_hh.roll(width, 0);
  const std::vector<at::Tensor> of_state = gates.narrow(2, 0, Cell::gates * width).unbind(0);
  cpu::RecurrentStepGradient step{batch, width, stride};
  const bool computes = !pass.input.is_meta();
  for (int64_t i = steps - 1; i >= 0; --i) {
    const auto [at, before] = turn(way, i, steps);
    if (computes) {
      const float *states = pass.states.const_data_ptr<float>() + first, *kept = pass.kept[way].const_data_ptr<float>();
      step.gates = pass.gates[way].const_data_ptr<float>() + at * Cell::gates * row;
      step.kept = kept + at * row;
      step.kept_before = i > 0 ? kept + before * row : zeros.const_data_ptr<float>();
      step.before = i > 0 ? states + before * batch * stride : zeros.const_data_ptr<float>();
      step.gradient = gradient.const_data_ptr<float>() + first + at * batch * stride;
      step.by_product = by_product.const_data_ptr<float>();
      step.carried = carried.data_ptr<float>();
      step.of_gates = gates.data_ptr<float>() + at * gradient_gates * row;
      Cell::step_gradient(step);
      cpu::add_rows(batch, gradient_gates * width, step.of_gates, sums.data_ptr<float>());
    }
    // On meta too, so that the work of a step is counted.
    if (i > 0) at::mm_out(by_product, of_state[static_cast<size_t>(at)], turned);
  }
  const int64_t parts = Cell::gates * width, turn_back = -Cell::state_turn * width;
  const at::Tensor by_input = gates.view({steps * batch, -1}).narrow(1, (gradient_gates - Cell::gates) * width, parts);
  // The state before the first step is 0, so that step adds nothing.
  const int64_t late = way == 0 ? 1 : 0, early = 1 - late;
  const at::Tensor by_state =
      gates.narrow(0, late, steps - 1).view({(steps - 1) * batch, gradient_gates * width}).narrow(1, 0, parts);
  const at::Tensor before =
      pass.states.narrow(0, early, steps - 1).view({(steps - 1) * batch, stride}).narrow(1, first, width);
  WayGradient made;
  made.weights.weight_ih = at::mm(by_input.t(), pass.input.view({steps * batch, -1}));
  made.weights.weight_hh = at::mm(by_state.t(), before);
  made.weights.bias_ih = sums.narrow(0, (gradient_gates - Cell::gates) * width, parts).clone();
  made.weights.bias_hh = sums.narrow(0, 0, parts).clone();
  if (Cell::state_turn != 0) {
    made.weights.weight_hh = made.weights.weight_hh.roll(turn_back, 0);
    made.weights.bias_hh = made.weights.bias_hh.roll(turn_back, 0);
  }
  if (of_input) made.input = at::mm(by_input, weights.weight_ih);
  return made;
}

template <class Cell>
struct LayerFunction : torch::autograd::Function<LayerFunction<Cell>> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, at::TensorList weights) {
    refuse_recording(std::string(Cell::name) + " computes within autograd on a CPU");
    at::AutoDispatchBelowADInplaceOrView below;
    const LayerPass pass = go_all<Cell>(input, weights);
    variable_list saved = {pass.input, pass.states};
    for (const at::TensorList list : {at::TensorList(pass.gates), at::TensorList(pass.kept), weights})
      saved.insert(saved.end(), list.begin(), list.end());
    context->save_for_backward(saved);
    return pass.states.transpose(0, 1);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), Cell::name, " has no second derivative");
    at::AutoDispatchBelowADInplaceOrView below;
    const variable_list saved = context->get_saved_variables();
    const size_t ways = (saved.size() - 2) / 6;
    const auto some = [&](size_t first, size_t count) {
      const auto begin = saved.begin() + 2 + static_cast<std::ptrdiff_t>(first * ways);
      return variable_list(begin, begin + static_cast<std::ptrdiff_t>(count * ways));
    };
    const LayerPass pass{saved[0], saved[1], some(0, 1), some(1, 1)};
    const variable_list weights = some(2, 4);
    const at::Tensor gradient = gradients[0].transpose(0, 1).contiguous();
    at::Tensor of_input;
    variable_list made(1);
    for (size_t way = 0; way < ways; ++way) {
      const WayGradient one =
          go_back<Cell>(way_weights(weights, way), way, pass, gradient, context->needs_input_grad(0));
      if (one.input.defined()) of_input = of_input.defined() ? of_input.add_(one.input) : one.input;
      for (const at::Tensor& of :
           {one.weights.weight_ih, one.weights.weight_hh, one.weights.bias_ih, one.weights.bias_hh})
        made.push_back(of);
    }
    if (of_input.defined()) made[0] = of_input.view(pass.input.sizes()).transpose(0, 1);
    return made;
  }
};

template <class Cell>
at::Tensor layer_alone(const at::Tensor& input, at::TensorList weights) {
  return go_all<Cell>(input, weights).states.transpose(0, 1);
}
template <class Cell>
at::Tensor layer_with_gradient(const at::Tensor& input, at::TensorList weights) {
  return LayerFunction<Cell>::apply(input, weights);
}

template <class Cell>
at::Tensor call(const at::Tensor& input, at::TensorList weights) {
  TORCH_CHECK(recurrent_layer_takes(input, weights[0]), Cell::name, " does not take this input");
  using Signature = at::Tensor(const at::Tensor&, at::TensorList);
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(Cell::name, "").template typed<Signature>();
  return op.call(input, weights);
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def("gru(Tensor input, Tensor[] weights) -> Tensor");
  library.def("lstm(Tensor input, Tensor[] weights) -> Tensor");
}

void give_alone(torch::Library& library) {
  library.impl("gru", &layer_alone<GruCell>);
  library.impl("lstm", &layer_alone<LstmCell>);
}
void give_with_gradient(torch::Library& library) {
  library.impl("gru", &layer_with_gradient<GruCell>);
  library.impl("lstm", &layer_with_gradient<LstmCell>);
}
TORCH_LIBRARY_IMPL(dlrun, CPU, library) { give_alone(library); }
TORCH_LIBRARY_IMPL(dlrun, AutogradCPU, library) { give_with_gradient(library); }
TORCH_LIBRARY_IMPL(dlrun, Meta, library) { give_alone(library); }
TORCH_LIBRARY_IMPL(dlrun, AutogradMeta, library) { give_with_gradient(library); }

}  // namespace

bool recurrent_layer_takes(const at::Tensor& input, const at::Tensor& weight_ih) {
  return input.dim() == 3 && (input.is_cpu() || input.is_meta()) && input.scalar_type() == at::kFloat &&
         weight_ih.scalar_type() == at::kFloat && input.numel() > 0;
}

at::Tensor gru(const at::Tensor& input, at::TensorList weights) { return call<GruCell>(input, weights); }
at::Tensor lstm(const at::Tensor& input, at::TensorList weights) { return call<LstmCell>(input, weights); }

}  // namespace dlrun
