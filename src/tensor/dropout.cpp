// Dropout while training: the operator dlrun::dropout.

#include "tensor/dropout.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <utility>

#include "base/random.h"
#include "tensor/kernels/cpu/dropout.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local int64_t drawn_part = 0;

// A draw of ATen's default generator, so that whoever saves and restores that one repeats the masks. An operator, so
// that whoever does operators again (Recording) draws anew; of a rehearsal, which draws nothing, too.
at::Tensor draw_seed_on_cpu(bool draws) {
  uint64_t drawn = 0;
  if (draws) {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    drawn = at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
  }
  if (drawn_part != 0) drawn = Random(drawn, static_cast<uint32_t>(drawn_part), 0).next();
  at::Tensor seed = at::detail::empty_cpu({}, at::kLong, false);
  *seed.mutable_data_ptr<int64_t>() = static_cast<int64_t>(drawn);
  return seed;
}

at::Tensor draw_seed(bool draws) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("dlrun::draw_seed", "").typed<at::Tensor(bool)>();
  return op.call(draws);
}

at::Tensor masked(const at::Tensor& input, double p, const at::Tensor& seed) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("dlrun::dropout", "")
                             .typed<at::Tensor(const at::Tensor&, double, const at::Tensor&)>();
  return op.call(input, p, seed);
}

at::Tensor dropout_on_cpu(const at::Tensor& input, double p, const at::Tensor& seed) {
  at::Tensor output = at::empty_like(input);
  if (!input.is_meta())
    cpu::dropout(input.const_data_ptr<float>(), output.data_ptr<float>(), input.numel(), p,
                 static_cast<uint64_t>(*seed.const_data_ptr<int64_t>()));
  return output;
}

// Its own adjoint: the gradient passes the same mask, element by element in the same order of memory.
struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, double p, const at::Tensor& seed) {
    context->saved_data["p"] = p;
    context->saved_data["seed"] = seed;
    context->saved_data["strides"] = input.strides();
    at::AutoDispatchBelowADInplaceOrView below;
    return masked(input, p, seed);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    at::Tensor gradient = gradients[0];
    const std::vector<int64_t> strides = context->saved_data["strides"].toIntVector();
    if (gradient.strides() != strides)
      gradient = at::empty_strided(gradient.sizes(), strides, gradient.options()).copy_(gradient);
    return {masked(gradient, context->saved_data["p"].toDouble(), context->saved_data["seed"].toTensor()), {}, {}};
  }
};

at::Tensor dropout_with_gradient(const at::Tensor& input, double p, const at::Tensor& seed) {
  return Dropout::apply(input, p, seed);
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def("dropout(Tensor input, float p, Tensor seed) -> Tensor");
  library.def("draw_seed(bool draws) -> Tensor", &draw_seed_on_cpu);
}
TORCH_LIBRARY_IMPL(dlrun, CPU, library) { library.impl("dropout", &dropout_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradCPU, library) { library.impl("dropout", &dropout_with_gradient); }
TORCH_LIBRARY_IMPL(dlrun, Meta, library) { library.impl("dropout", &dropout_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradMeta, library) { library.impl("dropout", &dropout_with_gradient); }

}  // namespace

at::Tensor dropout(const at::Tensor& input, double p) {
  TORCH_CHECK(p >= 0 && p <= 1, "dropout: p must be between 0 and 1, got ", p);
  const bool here = input.is_cpu() || input.is_meta();
  if (!here || input.scalar_type() != at::kFloat || !input.is_non_overlapping_and_dense())
    return at::dropout(input, p, true);
  return masked(input, p, draw_seed(!input.is_meta()));
}

int64_t draw_for_part(int64_t part) { return std::exchange(drawn_part, part); }

}  // namespace dlrun
