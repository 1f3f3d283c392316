// A layer of long short-term memory as one operator, with its gradient.

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "tensor/kernels/cpu/lstm.h"
#include "tensor/recurrent_layers.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// All with the steps first, so that what belongs to a step lies together.
struct LstmPass {
  at::Tensor input;   // [T, B, I]
  at::Tensor states;  // [T + 1, B, H]: before each step and behind the last; of the way back behind each and before it
  at::Tensor cells;   // the same
  at::Tensor gates;   // [T, B, 4 H]: input, forget, new, output

  // [B, T, H]
  at::Tensor output(bool backwards) const { return states.narrow(0, backwards ? 0 : 1, gates.size(0)).transpose(0, 1); }
};

LstmPass lstm_pass(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                   const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  const int64_t batch = input.size(0), steps = input.size(1), width = weight_hh.size(1);
  LstmPass made;
  made.input = input.transpose(0, 1).contiguous();
  made.gates = at::linear(made.input, weight_ih, bias_ih + bias_hh);
  for (at::Tensor* all : {&made.states, &made.cells}) {
    *all = at::empty({steps + 1, batch, width}, input.options());
    all->select(0, backwards ? steps : 0).zero_();
  }
  if (input.is_meta()) return made;
  const at::Tensor turned = weight_hh.t();
  const std::vector<at::Tensor> gates = made.gates.unbind(0), states = made.states.unbind(0);
  float *of_gates = made.gates.data_ptr<float>(), *state = made.states.data_ptr<float>();
  float* cell = made.cells.data_ptr<float>();
  const int64_t row = batch * width;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = backwards ? steps - 1 - i : i, before = backwards ? t + 1 : t, after = backwards ? t : t + 1;
    if (i > 0) gates[static_cast<size_t>(t)].addmm_(states[static_cast<size_t>(before)], turned);  // The first is 0.
    cpu::lstm_step({batch, width}, of_gates + t * 4 * row, cell + before * row, cell + after * row,
                   state + after * row);
  }
  return made;
}

struct Lstm : torch::autograd::Function<Lstm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight_ih,
                            const at::Tensor& weight_hh, const at::Tensor& bias_ih, const at::Tensor& bias_hh,
                            bool backwards) {
    at::AutoDispatchBelowADInplaceOrView below;
    const LstmPass made = lstm_pass(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
    context->saved_data["backwards"] = backwards;
    context->save_for_backward({made.input, made.states, made.cells, made.gates, weight_ih, weight_hh});
    return made.output(backwards);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), "dlrun::lstm has no second derivative");
    at::AutoDispatchBelowADInplaceOrView below;
    const variable_list saved = context->get_saved_variables();
    const LstmPass made{saved[0], saved[1], saved[2], saved[3]};
    const at::Tensor &weight_ih = saved[4], &weight_hh = saved[5];
    const bool backwards = context->saved_data["backwards"].toBool();
    const int64_t steps = made.gates.size(0), batch = made.gates.size(1), width = weight_hh.size(1);
    at::Tensor gates = at::empty_like(made.gates);
    // On meta too, so that the work of a step is counted.
    at::Tensor states = gradients[0].transpose(0, 1).contiguous();
    if (states.is_alias_of(gradients[0])) states = states.clone();
    at::Tensor of_cell = at::zeros({batch, width}, made.gates.options());
    const std::vector<at::Tensor> of_gates = gates.unbind(0), of_states = states.unbind(0);
    const int64_t row = batch * width;
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t t = backwards ? i : steps - 1 - i, before = backwards ? t + 1 : t, after = backwards ? t : t + 1;
      const at::Tensor& of_state = of_states[static_cast<size_t>(t)];
      if (i > 0) of_state.addmm_(of_gates[static_cast<size_t>(backwards ? t - 1 : t + 1)], weight_hh);
      if (gates.is_meta()) continue;
      const float* cells = made.cells.const_data_ptr<float>();
      cpu::lstm_step_gradient({batch, width}, made.gates.const_data_ptr<float>() + t * 4 * row, cells + before * row,
                              cells + after * row, of_state.const_data_ptr<float>(), of_cell.data_ptr<float>(),
                              gates.data_ptr<float>() + t * 4 * row);
    }
    const at::Tensor states_before = made.states.narrow(0, backwards ? 1 : 0, steps);
    const at::Tensor all = gates.view({steps * batch, 4 * width});
    at::Tensor input_gradient;
    if (context->needs_input_grad(0)) input_gradient = at::mm(all, weight_ih).view(made.input.sizes()).transpose(0, 1);
    const at::Tensor of_bias = all.sum(0);
    return {input_gradient,
            at::mm(all.t(), made.input.view({steps * batch, -1})),
            at::mm(all.t(), states_before.reshape({steps * batch, width})),
            of_bias,
            of_bias.clone(),
            {}};
  }
};

at::Tensor lstm_on_cpu(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                       const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  return lstm_pass(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards).output(backwards);
}

at::Tensor lstm_with_gradient(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                              const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  return Lstm::apply(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def(
      "lstm(Tensor input, Tensor weight_ih, Tensor weight_hh, Tensor bias_ih, Tensor bias_hh, bool backwards) -> "
      "Tensor");
}
TORCH_LIBRARY_IMPL(dlrun, CPU, library) { library.impl("lstm", &lstm_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradCPU, library) { library.impl("lstm", &lstm_with_gradient); }
TORCH_LIBRARY_IMPL(dlrun, Meta, library) { library.impl("lstm", &lstm_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradMeta, library) { library.impl("lstm", &lstm_with_gradient); }

}  // namespace

at::Tensor lstm(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  TORCH_CHECK(recurrent_layer_takes(input, weight_ih), "lstm does not take this input");
  using Signature =
      at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, bool);
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("dlrun::lstm", "").typed<Signature>();
  return op.call(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
}

}  // namespace dlrun
