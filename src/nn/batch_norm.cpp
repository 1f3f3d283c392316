// Batch normalisation.

#include "nn/batch_norm.h"

#include "base/error.h"
#include "nn/build_device.h"
#include "nn/init.h"
#include "tensor/norm_relu_pool.h"
#include "tensor/shared_norm.h"

namespace dlrun {

BatchNorm::BatchNorm(int64_t features, double eps, double momentum) : eps_(eps), momentum_(momentum) {
  parameter("weight", weight, new_tensor({features}));
  parameter("bias", bias, new_tensor({features}));
  buffer("running_mean", running_mean, new_tensor({features}));
  buffer("running_var", running_var, new_tensor({features}));
  buffer("num_batches_tracked", num_batches_tracked, new_tensor({}, at::kLong));
  constant_(weight, 1.0);
  constant_(bias, 0.0);
  constant_(running_mean, 0.0);
  constant_(running_var, 1.0);
  constant_(num_batches_tracked, 0.0);
}

double BatchNorm::count_batch(const at::Tensor& input) {
  if (input.numel() == input.size(1) && !ranks_of_norms())
    throw UserError(ExitCode::bad_recipe,
                    "trainer.batch_size: batch norm cannot train on one value of each channel, a batch of one sample: "
                    "choose a batch size that does not leave one "
                    "sample over, drop the last batch, or use another norm");
  num_batches_tracked.add_(1);
  return measuring_ ? 1.0 / num_batches_tracked.item<double>() : momentum_;
}

void BatchNorm::measure(bool on) {
  if (on) {
    constant_(running_mean, 0.0);
    constant_(running_var, 1.0);
    constant_(num_batches_tracked, 0.0);
  }
  measuring_ = on;
  set_training(on);
}

at::Tensor BatchNorm::compute(const at::Tensor& input) {
  const double share = training() ? count_batch(input) : momentum_;
  if (training() && ranks_of_norms())
    return shared_batch_norm(input, weight, bias, running_mean, running_var, share, eps_);
  return at::batch_norm(input, weight, bias, running_mean, running_var, training(), share, eps_,
                        at::globalContext().userEnabledCuDNN());
}

bool BatchNorm::forward_relu_pool(at::Tensor& x, int64_t pool) {
  if (!training() || !norm_relu_pool_takes(x, weight, pool)) return false;
  x = pass(
      [this, pool](const at::Tensor& input) {
        const double share = count_batch(input);
        return norm_relu_pool(input, weight, bias, running_mean, running_var, share, eps_, pool);
      },
      x);
  return true;
}

}  // namespace dlrun
