// Mixed precision, by libtorch's own autocast.

#include "tensor/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/library.h>

namespace dlrun {
namespace {

// Our own operators have no narrow form: they take what comes, and nothing that they call is converted.
void run_as_it_is(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const NoAutocast as_it_is;
  op.callBoxed(stack);
}

TORCH_LIBRARY_IMPL(dlrun, AutocastCPU, library) {
  for (const char* op : {"dropout", "gru", "lstm", "norm_relu_pool", "sparse_mm"})
    library.impl(op, torch::CppFunction::makeFromBoxedFunction<&run_as_it_is>());
}

}  // namespace

Autocast::Autocast(at::ScalarType type, at::DeviceType device)
    : device_(device),
      before_(at::autocast::is_autocast_enabled(device)),
      type_before_(at::autocast::get_autocast_dtype(device)) {
  at::autocast::set_autocast_enabled(device, true);
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, before_);
  at::autocast::set_autocast_dtype(device_, type_before_);
}

std::string autocast_problem(at::ScalarType type, at::Device device) {
  const auto options = at::TensorOptions(at::kFloat).device(device);
  try {
    const at::AutoGradMode gradients(true);
    const at::Tensor filter = at::ones({2, 1, 3, 3}, options).set_requires_grad(true);
    const at::Tensor weight = at::ones({2, 2}, options).set_requires_grad(true);
    at::Tensor sum;
    {
      const Autocast narrow(type, device.type());
      const at::Tensor picture = at::conv2d(at::ones({1, 1, 4, 4}, options), filter, {}, {1, 1}, {1, 1});
      sum = at::matmul(weight, picture.flatten(2).mean(2).t()).to(at::kFloat).sum();
    }
    const std::vector<at::Tensor> gradients_of = torch::autograd::grad({sum}, {filter, weight});
    // The mean of the picture, 100 / 16, four times: exact in every type.
    if (sum.item<double>() != 25.0 || !gradients_of.front().isfinite().all().item<bool>())
      return "its results are wrong";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    return text.substr(0, text.find('\n'));
  }
  return "";
}

}  // namespace dlrun
