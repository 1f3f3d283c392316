// Meta kernels of operators that pick, repeat, move or look up.

#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <torch/library.h>

namespace dlrun {
namespace {

std::vector<int64_t> selected(const at::Tensor& x, int64_t dimension, const at::Tensor& index) {
  TORCH_CHECK_INDEX(index.dim() <= 1, "index_select(): Index is supposed to be a vector");
  TORCH_CHECK(index.scalar_type() == at::kLong || index.scalar_type() == at::kInt,
              "index_select(): Expected dtype int32 or int64 for index");
  std::vector<int64_t> sizes = x.sizes().vec();
  if (!sizes.empty()) sizes[static_cast<size_t>(at::maybe_wrap_dim(dimension, x.dim()))] = index.numel();
  return sizes;
}

at::Tensor index_select(const at::Tensor& x, int64_t dimension, const at::Tensor& index) {
  return at::empty(selected(x, dimension, index), x.options());
}

at::Tensor& index_select_out(const at::Tensor& x, int64_t dimension, const at::Tensor& index, at::Tensor& out) {
  out.resize_(selected(x, dimension, index));
  return out;
}

at::Tensor embedding_backward(const at::Tensor& gradient, const at::Tensor&, int64_t rows, int64_t, bool) {
  return at::empty({rows, gradient.size(-1)}, gradient.options());
}

at::Tensor take(const at::Tensor& x, const at::Tensor& index) { return at::empty(index.sizes(), x.options()); }

at::Tensor flip(const at::Tensor& x, at::IntArrayRef dimensions) {
  for (const int64_t dimension : dimensions) at::maybe_wrap_dim(dimension, x.dim());
  return at::empty_like(x);
}

at::Tensor roll(const at::Tensor& x, at::IntArrayRef, at::IntArrayRef) {
  return at::empty_like(x, at::MemoryFormat::Contiguous);
}

using Side = std::optional<c10::string_view>;

at::Tensor searchsorted(const at::Tensor& sorted, const at::Tensor& values, bool int32, bool, Side,
                        const std::optional<at::Tensor>&) {
  return at::empty(values.sizes(), sorted.options().dtype(int32 ? at::kInt : at::kLong));
}

at::Tensor searchsorted_scalar(const at::Tensor& sorted, const at::Scalar&, bool int32, bool, Side,
                               const std::optional<at::Tensor>&) {
  return at::empty({}, sorted.options().dtype(int32 ? at::kInt : at::kLong));
}

at::Tensor bucketize(const at::Tensor& values, const at::Tensor&, bool int32, bool) {
  return at::empty(values.sizes(), values.options().dtype(int32 ? at::kInt : at::kLong));
}

at::Tensor unfold_backward(const at::Tensor& gradient, at::IntArrayRef sizes, int64_t, int64_t, int64_t) {
  return at::empty(sizes, gradient.options());
}

int64_t windows(int64_t size, int64_t kernel, int64_t dilation, int64_t padding, int64_t stride) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

at::Tensor im2col(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef dilation, at::IntArrayRef padding,
                  at::IntArrayRef stride) {
  const int64_t channels = x.size(-3) * kernel[0] * kernel[1];
  const int64_t columns = windows(x.size(-2), kernel[0], dilation[0], padding[0], stride[0]) *
                          windows(x.size(-1), kernel[1], dilation[1], padding[1], stride[1]);
  TORCH_CHECK(columns > 0, "im2col: no window of ", kernel, " fits into ", x.sizes());
  if (x.dim() == 3) return at::empty({channels, columns}, x.options());
  return at::empty({x.size(0), channels, columns}, x.options());
}

at::Tensor col2im(const at::Tensor& columns, at::IntArrayRef size, at::IntArrayRef kernel, at::IntArrayRef,
                  at::IntArrayRef, at::IntArrayRef) {
  const int64_t channels = columns.size(-2) / (kernel[0] * kernel[1]);
  if (columns.dim() == 2) return at::empty({channels, size[0], size[1]}, columns.options());
  return at::empty({columns.size(0), channels, size[0], size[1]}, columns.options());
}

at::Tensor multinomial(const at::Tensor& weights, int64_t count, bool, std::optional<at::Generator>) {
  const at::TensorOptions options = weights.options().dtype(at::kLong);
  return weights.dim() == 1 ? at::empty({count}, options) : at::empty({weights.size(0), count}, options);
}

at::Tensor& randperm_out(int64_t count, std::optional<at::Generator>, at::Tensor& out) {
  out.resize_({count});
  return out;
}

at::Tensor channel_shuffle(const at::Tensor& x, int64_t) { return at::empty_like(x); }

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("index_select", &index_select);
  library.impl("index_select.out", &index_select_out);
  library.impl("embedding_dense_backward", &embedding_backward);
  library.impl("take", &take);
  library.impl("flip", &flip);
  library.impl("roll", &roll);
  library.impl("searchsorted.Tensor", &searchsorted);
  library.impl("searchsorted.Scalar", &searchsorted_scalar);
  library.impl("bucketize.Tensor", &bucketize);
  library.impl("unfold_backward", &unfold_backward);
  library.impl("im2col", &im2col);
  library.impl("col2im", &col2im);
  library.impl("multinomial", &multinomial);
  library.impl("randperm.generator_out", &randperm_out);
  library.impl("channel_shuffle", &channel_shuffle);
}

}  // namespace
}  // namespace dlrun
