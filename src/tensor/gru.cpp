// A layer of gated recurrent units as one operator, with its gradient.

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "tensor/kernels/cpu/gru.h"
#include "tensor/recurrent_layers.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// All with the steps first, so that what belongs to a step lies together.
struct Forward {
  at::Tensor input;   // [T, B, I]
  at::Tensor states;  // [T + 1, B, H]: before each step and behind the last; of the way back behind each and before it
  at::Tensor gates;   // [T, B, 3 H]: reset, update, new
  at::Tensor from;    // [T, B, H]: the new gate's share of the state before

  // [T, B, H]
  at::Tensor before(bool backwards) const { return states.narrow(0, backwards ? 1 : 0, gates.size(0)); }
  at::Tensor output(bool backwards) const { return states.narrow(0, backwards ? 0 : 1, gates.size(0)); }
};

Forward forward(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  const int64_t batch = input.size(0), steps = input.size(1), width = weight_hh.size(1);
  Forward made;
  made.input = input.transpose(0, 1).contiguous();
  made.gates = at::linear(made.input, weight_ih, bias_ih);
  made.states = at::empty({steps + 1, batch, width}, input.options());
  made.states.select(0, backwards ? steps : 0).zero_();
  made.from = at::empty({steps, batch, width}, input.options());
  if (input.is_meta()) return made;
  const at::Tensor turned = weight_hh.t();
  at::Tensor hidden = at::empty({batch, 3 * width}, input.options());
  const at::Tensor of_fresh = hidden.narrow(1, 2 * width, width);
  const std::vector<at::Tensor> states = made.states.unbind(0), from = made.from.unbind(0);
  float *gates = made.gates.data_ptr<float>(), *state = made.states.data_ptr<float>();
  const int64_t row = batch * width;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = backwards ? steps - 1 - i : i, before = backwards ? t + 1 : t, after = backwards ? t : t + 1;
    at::addmm_out(hidden, bias_hh, states[static_cast<size_t>(before)], turned);
    from[static_cast<size_t>(t)].copy_(of_fresh);
    cpu::gru_step({batch, width}, gates + t * 3 * row, hidden.const_data_ptr<float>(), state + before * row,
                  state + after * row);
  }
  return made;
}

struct Gru : torch::autograd::Function<Gru> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight_ih,
                            const at::Tensor& weight_hh, const at::Tensor& bias_ih, const at::Tensor& bias_hh,
                            bool backwards) {
    at::AutoDispatchBelowADInplaceOrView below;
    const Forward made = dlrun::forward(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
    context->saved_data["backwards"] = backwards;
    context->save_for_backward({made.input, made.states, made.gates, made.from, weight_ih, weight_hh});
    return made.output(backwards).transpose(0, 1);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), "dlrun::gru has no second derivative");
    at::AutoDispatchBelowADInplaceOrView below;
    const variable_list saved = context->get_saved_variables();
    const Forward made{saved[0], saved[1], saved[2], saved[3]};
    const at::Tensor &weight_ih = saved[4], &weight_hh = saved[5];
    const bool backwards = context->saved_data["backwards"].toBool();
    const int64_t steps = made.gates.size(0), batch = made.gates.size(1), width = weight_hh.size(1);
    const at::Tensor before = made.before(backwards), incoming = gradients[0].transpose(0, 1);
    // Of what the state gives: new, reset, update. Of what the input gives: reset, update, new.
    at::Tensor gates = at::empty({steps, batch, 4 * width}, made.gates.options());
    const at::Tensor turned = weight_hh.roll(width, 0);  // Its rows in the order of the gradients.
    at::Tensor carried = at::zeros({batch, width}, made.gates.options());
    // On meta too, so that the work of a step is counted.
    const std::vector<at::Tensor> of_states = incoming.unbind(0), of_hidden = gates.narrow(2, 0, 3 * width).unbind(0);
    const int64_t row = batch * width;
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t t = backwards ? i : steps - 1 - i;
      carried.add_(of_states[static_cast<size_t>(t)]);
      if (!gates.is_meta())
        cpu::gru_step_gradient({batch, width}, made.gates.const_data_ptr<float>() + t * 3 * row,
                               made.from.const_data_ptr<float>() + t * row,
                               made.states.const_data_ptr<float>() + (backwards ? t + 1 : t) * row,
                               carried.data_ptr<float>(), gates.data_ptr<float>() + t * 4 * row);
      carried.addmm_(of_hidden[static_cast<size_t>(t)], turned);
    }
    const at::Tensor all = gates.view({steps * batch, 4 * width});
    const at::Tensor of_state = all.narrow(1, 0, 3 * width), of_input = all.narrow(1, width, 3 * width);
    at::Tensor input_gradient;
    if (context->needs_input_grad(0))
      input_gradient = at::mm(of_input, weight_ih).view(made.input.sizes()).transpose(0, 1);
    return {input_gradient,
            at::mm(of_input.t(), made.input.view({steps * batch, -1})),
            at::mm(of_state.t(), before.reshape({steps * batch, width})).roll(-width, 0),
            of_input.sum(0),
            of_state.sum(0).roll(-width, 0),
            {}};
  }
};

at::Tensor gru_on_cpu(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                      const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  return forward(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards).output(backwards).transpose(0, 1);
}

at::Tensor gru_with_gradient(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
                             const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  return Gru::apply(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def(
      "gru(Tensor input, Tensor weight_ih, Tensor weight_hh, Tensor bias_ih, Tensor bias_hh, bool backwards) -> "
      "Tensor");
}
TORCH_LIBRARY_IMPL(dlrun, CPU, library) { library.impl("gru", &gru_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradCPU, library) { library.impl("gru", &gru_with_gradient); }
TORCH_LIBRARY_IMPL(dlrun, Meta, library) { library.impl("gru", &gru_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradMeta, library) { library.impl("gru", &gru_with_gradient); }

}  // namespace

bool recurrent_layer_takes(const at::Tensor& input, const at::Tensor& weight_ih) {
  return input.dim() == 3 && (input.is_cpu() || input.is_meta()) && input.scalar_type() == at::kFloat &&
         weight_ih.scalar_type() == at::kFloat && input.numel() > 0;
}

at::Tensor gru(const at::Tensor& input, const at::Tensor& weight_ih, const at::Tensor& weight_hh,
               const at::Tensor& bias_ih, const at::Tensor& bias_hh, bool backwards) {
  TORCH_CHECK(recurrent_layer_takes(input, weight_ih), "gru does not take this input");
  using Signature =
      at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, bool);
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("dlrun::gru", "").typed<Signature>();
  return op.call(input, weight_ih, weight_hh, bias_ih, bias_hh, backwards);
}

}  // namespace dlrun
