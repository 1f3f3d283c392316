// Meta kernels of normalisations.

#include <ATen/ATen.h>
#include <torch/library.h>

namespace dlrun {
namespace {

using Optional = std::optional<at::Tensor>;
using Three = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

bool present(const Optional& tensor) { return tensor && tensor->defined(); }

// Statistics are float where the input has half the bits and the parameters have not.
at::TensorOptions statistics(const at::Tensor& x, const Optional& weight) {
  return present(weight) ? x.options().dtype(weight->scalar_type()) : x.options();
}

void check_channels(const at::Tensor& x, const Optional& parameter, const char* what) {
  TORCH_CHECK(!present(parameter) || parameter->numel() == x.size(1), what, " should contain ", x.size(1),
              " elements not ", parameter->numel());
}

Three batch_norm(const at::Tensor& x, const Optional& weight, const Optional& bias, const Optional& mean,
                 const Optional& variance, bool training, double, double) {
  check_channels(x, weight, "weight");
  check_channels(x, bias, "bias");
  check_channels(x, mean, "running_mean");
  check_channels(x, variance, "running_var");
  const at::TensorOptions options = statistics(x, present(weight) ? weight : mean);
  const int64_t kept = training ? x.size(1) : 0;
  return {at::empty_like(x, x.suggest_memory_format()), at::empty({kept}, options), at::empty({kept}, options)};
}

Three batch_norm_legit(const at::Tensor& x, const Optional& weight, const Optional& bias, at::Tensor& mean,
                       at::Tensor& variance, bool training, double momentum, double eps) {
  return batch_norm(x, weight, bias, mean, variance, training, momentum, eps);
}

Three batch_norm_stateless(const at::Tensor& x, const Optional& weight, const Optional& bias, bool training,
                           double momentum, double eps) {
  return batch_norm(x, weight, bias, {}, {}, training, momentum, eps);
}

Three batch_norm_backward(const at::Tensor&, const at::Tensor& x, const Optional& weight, const Optional&,
                          const Optional&, const Optional&, const Optional&, bool, double, std::array<bool, 3> wanted) {
  Three result;
  if (wanted[0]) std::get<0>(result) = at::empty_like(x, x.suggest_memory_format());
  if (wanted[1]) std::get<1>(result) = at::empty({x.size(1)}, statistics(x, weight));
  if (wanted[2]) std::get<2>(result) = at::empty({x.size(1)}, statistics(x, weight));
  return result;
}

Three layer_norm(const at::Tensor& x, at::IntArrayRef shape, const Optional& weight, const Optional& bias, double) {
  const int64_t first = x.dim() - static_cast<int64_t>(shape.size());
  TORCH_CHECK(first >= 0 && x.sizes().slice(static_cast<size_t>(first)) == shape, "Given normalized_shape=", shape,
              ", expected input with shape [*, ", shape, "], but got input of size ", x.sizes());
  TORCH_CHECK(!present(weight) || weight->sizes() == shape, "Expected weight to be of same shape as normalized_shape");
  TORCH_CHECK(!present(bias) || bias->sizes() == shape, "Expected bias to be of same shape as normalized_shape");
  std::vector<int64_t> rows = x.sizes().slice(0, static_cast<size_t>(first)).vec();
  rows.resize(static_cast<size_t>(x.dim()), 1);
  const at::Tensor input = x.contiguous();
  return {at::empty(x.sizes(), x.options()), at::empty(rows, statistics(x, weight)),
          at::empty(rows, statistics(x, weight))};
}

Three layer_norm_backward(const at::Tensor& gradient, const at::Tensor& x, at::IntArrayRef shape, const at::Tensor&,
                          const at::Tensor&, const Optional& weight, const Optional& bias, std::array<bool, 3> wanted) {
  const at::Tensor arriving = gradient.contiguous(), input = x.contiguous();
  Three result;
  if (wanted[0]) std::get<0>(result) = at::empty(x.sizes(), x.options());
  if (wanted[1]) std::get<1>(result) = at::empty(shape, statistics(x, weight));
  if (wanted[2]) std::get<2>(result) = at::empty(shape, statistics(x, present(bias) ? bias : weight));
  return result;
}

Three group_norm(const at::Tensor& x, const Optional& weight, const Optional& bias, int64_t count, int64_t channels,
                 int64_t, int64_t groups, double) {
  TORCH_CHECK(groups > 0 && channels % groups == 0, "Expected number of channels in input to be divisible by ",
              "num_groups, but got input of shape ", x.sizes(), " and num_groups=", groups);
  check_channels(x, weight, "weight");
  check_channels(x, bias, "bias");
  return {at::empty_like(x, x.suggest_memory_format()), at::empty({count, groups}, statistics(x, weight)),
          at::empty({count, groups}, statistics(x, weight))};
}

// Only on a CPU the operator above keeps channels_last; on other devices it asks for the order of indices first.
at::Tensor group_norm_of(const at::Tensor& x, int64_t groups, const Optional& weight, const Optional& bias, double eps,
                         bool) {
  TORCH_CHECK(x.dim() >= 2, "Expected at least 2 dimensions for input tensor but received ", x.dim());
  const int64_t count = x.size(0), channels = x.size(1);
  const int64_t pixels = x.numel() / std::max<int64_t>(1, count * channels);
  const at::Tensor input = x.contiguous(x.suggest_memory_format());
  return std::get<0>(at::native_group_norm(input, weight, bias, count, channels, pixels, groups, eps));
}

Three group_norm_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor&, const at::Tensor&,
                          const Optional& weight, int64_t, int64_t channels, int64_t, int64_t,
                          std::array<bool, 3> wanted) {
  Three result;
  if (wanted[0]) std::get<0>(result) = at::empty_like(x, x.suggest_memory_format());
  if (wanted[1]) std::get<1>(result) = at::empty({channels}, statistics(x, weight));
  if (wanted[2]) std::get<2>(result) = at::empty({channels}, statistics(x, weight));
  return result;
}

std::tuple<at::Tensor, at::Tensor> weight_norm(const at::Tensor& direction, const at::Tensor& length, int64_t) {
  return {at::empty_like(direction, at::MemoryFormat::Contiguous),
          at::empty_like(length, at::MemoryFormat::Contiguous)};
}

std::tuple<at::Tensor, at::Tensor> weight_norm_backward(const at::Tensor&, const at::Tensor& direction,
                                                        const at::Tensor& length, const at::Tensor& norms,
                                                        int64_t dimension) {
  return weight_norm(direction, length, dimension);
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("group_norm", &group_norm_of);
  library.impl("native_batch_norm", &batch_norm);
  library.impl("_native_batch_norm_legit", &batch_norm_legit);
  library.impl("_native_batch_norm_legit.no_stats", &batch_norm_stateless);
  library.impl("native_batch_norm_backward", &batch_norm_backward);
  library.impl("native_layer_norm", &layer_norm);
  library.impl("native_layer_norm_backward", &layer_norm_backward);
  library.impl("native_group_norm", &group_norm);
  library.impl("native_group_norm_backward", &group_norm_backward);
  library.impl("_weight_norm_interface", &weight_norm);
  library.impl("_weight_norm_interface_backward", &weight_norm_backward);
}
TORCH_LIBRARY_IMPL(aten, AutogradMeta, library) { library.impl("group_norm", &group_norm_of); }

}  // namespace
}  // namespace dlrun
