// Batch normalisation, ReLU and max pooling as one operator, with its gradient.

#include "tensor/norm_relu_pool.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "tensor/kernels/cpu/norm_relu_pool.h"
#include "tensor/recording.h"
#include "tensor/shared_norm.h"

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::Images images_of(const at::Tensor& input, int64_t pool) {
  return {input.size(0), input.size(2), input.size(3), input.size(1), pool};
}

at::Tensor empty_images(const at::Tensor& like, int64_t height, int64_t width) {
  return at::empty({like.size(0), like.size(1), height, width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

struct FusedForward {
  at::Tensor output, chosen;                         // chosen is the input when nothing is pooled
  at::Tensor mean, inverse_deviation, scale, shift;  // [C]
  double count = 0;                                  // values of each channel, of all ranks that share them
};

FusedForward forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                     at::Tensor& running_mean, at::Tensor& running_var, double momentum, double eps, int64_t pool) {
  const cpu::Images images = images_of(input, pool);
  double count = static_cast<double>(images.pixels());
  const bool real = !input.is_meta();
  FusedForward result;
  result.mean = at::empty_like(running_mean);
  at::Tensor variance = at::empty_like(running_var);
  if (real)
    cpu::channel_moments(images, input.const_data_ptr<float>(), result.mean.data_ptr<float>(),
                         variance.data_ptr<float>());
  if (Ranks* ranks = ranks_of_norms()) share_moments(*ranks, result.mean, variance, count);
  result.count = count;
  running_mean.mul_(1 - momentum).add_(result.mean, momentum);
  running_var.mul_(1 - momentum).add_(variance, momentum * count / (count - 1));  // Unbiased, as torch.nn's.
  result.inverse_deviation = variance.add_(eps).rsqrt_();
  result.scale = weight * result.inverse_deviation;
  result.shift = bias - result.mean * result.scale;
  result.output = empty_images(input, images.pooled_height(), images.pooled_width());
  result.chosen = pool == 1 ? input : at::empty_like(result.output);
  if (real)
    cpu::scale_relu_pool(images, input.const_data_ptr<float>(), result.scale.const_data_ptr<float>(),
                         result.shift.const_data_ptr<float>(), result.output.data_ptr<float>(),
                         pool == 1 ? nullptr : result.chosen.data_ptr<float>());
  return result;
}

struct NormReluPool : torch::autograd::Function<NormReluPool> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, at::Tensor running_mean, at::Tensor running_var, double momentum,
                            double eps, int64_t pool) {
    refuse_recording("dlrun::norm_relu_pool computes within autograd on a CPU");
    FusedForward result = dlrun::forward(input, weight, bias, running_mean, running_var, momentum, eps, pool);
    context->saved_data["pool"] = pool;
    context->saved_data["count"] = result.count;
    context->save_for_backward({input, pool == 1 ? at::Tensor() : result.chosen, result.mean, result.inverse_deviation,
                                result.scale, result.shift});
    return result.output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), "dlrun::norm_relu_pool has no second derivative");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &mean = saved[2], &inverse_deviation = saved[3];
    const at::Tensor &scale = saved[4], &shift = saved[5];
    const at::Tensor& chosen = saved[1].defined() ? saved[1] : input;
    const at::Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const cpu::Images images = images_of(input, context->saved_data["pool"].toInt());
    const double count = context->saved_data["count"].toDouble();
    const bool real = !input.is_meta();

    at::Tensor bias_gradient = at::empty_like(mean), product = at::empty_like(mean);
    if (real)
      cpu::gradient_sums(images, gradient.const_data_ptr<float>(), chosen.const_data_ptr<float>(),
                         scale.const_data_ptr<float>(), shift.const_data_ptr<float>(), mean.const_data_ptr<float>(),
                         bias_gradient.data_ptr<float>(), product.data_ptr<float>());
    const at::Tensor weight_gradient = product * inverse_deviation;
    at::Tensor input_gradient, products = weight_gradient, sums = bias_gradient;
    if (Ranks* ranks = ranks_of_norms()) std::tie(products, sums) = shared_sums(*ranks, products, sums);
    if (context->needs_input_grad(0)) {
      const at::Tensor slope = products * inverse_deviation * scale * (-1 / count);
      const at::Tensor offset = sums * scale * (-1 / count);
      input_gradient = at::empty_like(input);
      if (real)
        cpu::input_gradient(
            images,
            {gradient.const_data_ptr<float>(), input.const_data_ptr<float>(), chosen.const_data_ptr<float>(),
             scale.const_data_ptr<float>(), shift.const_data_ptr<float>(), mean.const_data_ptr<float>(),
             slope.const_data_ptr<float>(), offset.const_data_ptr<float>()},
            input_gradient.data_ptr<float>());
    }
    return {input_gradient, weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

at::Tensor pool_on_cpu(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                       at::Tensor running_mean, at::Tensor running_var, double momentum, double eps, int64_t pool) {
  return forward(input, weight, bias, running_mean, running_var, momentum, eps, pool).output;
}

at::Tensor pool_with_gradient(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                              at::Tensor running_mean, at::Tensor running_var, double momentum, double eps,
                              int64_t pool) {
  return NormReluPool::apply(input, weight, bias, running_mean, running_var, momentum, eps, pool);
}

TORCH_LIBRARY_FRAGMENT(dlrun, library) {
  library.def(
      "norm_relu_pool(Tensor input, Tensor weight, Tensor bias, Tensor(a!) running_mean, Tensor(b!) running_var, "
      "float momentum, float eps, int pool) -> Tensor");
}
TORCH_LIBRARY_IMPL(dlrun, CPU, library) { library.impl("norm_relu_pool", &pool_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradCPU, library) { library.impl("norm_relu_pool", &pool_with_gradient); }
// The same code, which makes the tensors of a step on a CPU and leaves out the loops.
TORCH_LIBRARY_IMPL(dlrun, Meta, library) { library.impl("norm_relu_pool", &pool_on_cpu); }
TORCH_LIBRARY_IMPL(dlrun, AutogradMeta, library) { library.impl("norm_relu_pool", &pool_with_gradient); }

}  // namespace

bool norm_relu_pool_takes(const at::Tensor& input, const at::Tensor& weight, int64_t pool) {
  return input.dim() == 4 && (input.is_cpu() || input.is_meta()) && input.scalar_type() == at::kFloat &&
         weight.defined() && weight.scalar_type() == at::kFloat && input.size(1) % cpu::lanes == 0 &&
         (pool == 1 || pool == 2) && input.size(2) >= pool && input.size(3) >= pool && input.numel() > 0 &&
         input.is_contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor norm_relu_pool(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          at::Tensor& running_mean, at::Tensor& running_var, double momentum, double eps,
                          int64_t pool) {
  TORCH_CHECK(norm_relu_pool_takes(input, weight, pool), "norm_relu_pool does not take this input");
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, at::Tensor, at::Tensor, double,
                               double, int64_t);
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("dlrun::norm_relu_pool", "").typed<Signature>();
  return op.call(input, weight, bias, running_mean, running_var, momentum, eps, pool);
}

}  // namespace dlrun
