// Batch normalisation over the rows of all ranks.

#include "tensor/shared_norm.h"

#include <torch/csrc/autograd/custom_function.h>

namespace dlrun {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// One number for each channel, beside [N, C, ...].
at::Tensor by_channel(const at::Tensor& numbers, const at::Tensor& input) {
  std::vector<int64_t> sizes(static_cast<size_t>(input.dim()), 1);
  sizes[1] = -1;
  return numbers.view(sizes);
}

struct SharedBatchNorm : torch::autograd::Function<SharedBatchNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, at::Tensor running_mean, at::Tensor running_var, double momentum,
                            double eps) {
    Ranks& ranks = *ranks_of_norms();
    double count = static_cast<double>(input.numel() / input.size(1));
    auto [mean, variance] = at::batch_norm_update_stats(input, {}, {}, 0.0);  // of this rank's rows
    share_moments(ranks, mean, variance, count);
    running_mean.mul_(1 - momentum).add_(mean, momentum);
    running_var.mul_(1 - momentum).add_(variance, momentum * count / (count - 1));  // Unbiased, as torch.nn's.
    context->saved_data["count"] = count;
    context->saved_data["eps"] = eps;
    context->save_for_backward({input, weight, mean, variance});
    return std::get<0>(at::native_batch_norm(input, weight, bias, mean, variance, false, 0.0, eps));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK(!c10::GradMode::is_enabled(), "a batch norm over several ranks has no second derivative");
    TORCH_CHECK(ranks_of_norms(), "the gradient of a norm over all ranks outside of their turn");
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double eps = context->saved_data["eps"].toDouble(), count = context->saved_data["count"].toDouble();
    const at::Tensor gradient = gradients[0].contiguous(input.suggest_memory_format());
    // As in evaluation: the sums of the gradient, and of the gradient times the normalised input.
    const auto [unused, product, sum] = at::native_batch_norm_backward(gradient, input, weight, mean, variance, {}, {},
                                                                       false, eps, {false, true, true});
    at::Tensor input_gradient;
    const auto [sum_of_all, product_of_all] = shared_sums(*ranks_of_norms(), sum, product);
    if (context->needs_input_grad(0)) {
      // dx = scale (dy - mean of dy - normalised x * mean of dy * normalised x), as one product and sum for each.
      const at::Tensor inverse = (variance + eps).rsqrt(), scale = weight * inverse;
      const at::Tensor slope = scale * inverse * product_of_all * (-1 / count);
      const at::Tensor offset = scale * sum_of_all * (-1 / count) - slope * mean;
      input_gradient = at::addcmul(by_channel(offset, input), input, by_channel(slope, input));
      input_gradient.addcmul_(gradient, by_channel(scale, input));
    }
    return {input_gradient, product, sum, {}, {}, {}, {}};
  }
};

}  // namespace

void share_moments(Ranks& ranks, at::Tensor& mean, at::Tensor& variance, double& count) {
  const int64_t channels = mean.numel();
  const at::Tensor m = mean.to(at::kDouble);
  // Squares of float numbers lose nothing in double: the difference of large sums is as exact as the numbers were.
  at::Tensor sums = at::cat({m * count, (variance.to(at::kDouble) + m * m) * count, at::full({1}, count, m.options())});
  ranks.add(sums);
  count = sums[2 * channels].item<double>();
  const at::Tensor shared = sums.narrow(0, 0, channels) / count;
  const at::Tensor squares = sums.narrow(0, channels, channels) / count;
  mean = shared.to(mean.scalar_type());
  variance = (squares - shared * shared).clamp_min(0).to(variance.scalar_type());
}

std::pair<at::Tensor, at::Tensor> shared_sums(Ranks& ranks, const at::Tensor& first, const at::Tensor& second) {
  at::Tensor both = at::stack({first, second}).to(at::kDouble);
  ranks.add(both);
  return {both[0].to(first.scalar_type()), both[1].to(second.scalar_type())};
}

at::Tensor shared_batch_norm(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                             at::Tensor& running_mean, at::Tensor& running_var, double momentum, double eps) {
  // Statistics of narrow numbers are those of float32.
  const at::Tensor wide = input.to(running_mean.scalar_type());
  return SharedBatchNorm::apply(wide, weight, bias, running_mean, running_var, momentum, eps).to(input.scalar_type());
}

}  // namespace dlrun
