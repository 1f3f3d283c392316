// Meta kernels of pooling, padding and resampling.

#include <ATen/ATen.h>
#include <torch/library.h>

namespace dlrun {
namespace {

// The batch and channels of `x` with other sizes after them, in the memory format of `x`.
at::Tensor resized(const at::Tensor& x, at::IntArrayRef spatial) {
  std::vector<int64_t> sizes = x.sizes().slice(0, static_cast<size_t>(x.dim()) - spatial.size()).vec();
  sizes.insert(sizes.end(), spatial.begin(), spatial.end());
  return at::empty(sizes, x.options().memory_format(x.suggest_memory_format()));
}

at::Tensor adaptive(const at::Tensor& x, at::IntArrayRef output) { return resized(x, output); }
at::Tensor& adaptive_out(const at::Tensor& x, at::IntArrayRef output, at::Tensor& out) {
  const at::Tensor made = resized(x, output);
  out.resize_(made.sizes(), x.suggest_memory_format());
  return out;
}
at::Tensor like_input(const at::Tensor&, const at::Tensor& x) {
  return at::empty(x.sizes(), x.options().memory_format(x.suggest_memory_format()));
}
at::Tensor like_input_contiguous(const at::Tensor&, const at::Tensor& x) {
  return at::empty_like(x, at::MemoryFormat::Contiguous);
}

int64_t one_of(at::IntArrayRef values, size_t i) { return values.size() == 1 ? values[0] : values[i]; }

int64_t pooled(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, bool ceil) {
  const int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1 + (ceil ? stride - 1 : 0);
  const int64_t count = (room < 0 ? -1 : room / stride) + 1;
  return ceil && (count - 1) * stride >= size + padding ? count - 1 : count;
}

std::tuple<at::Tensor, at::Tensor> max_pool3d(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride,
                                              at::IntArrayRef padding, at::IntArrayRef dilation, bool ceil) {
  std::vector<int64_t> spatial;
  for (size_t i = 0; i < 3; ++i) {
    const int64_t size = x.size(x.dim() - 3 + static_cast<int64_t>(i)), side = one_of(kernel, i);
    const int64_t step = stride.empty() ? side : one_of(stride, i);
    spatial.push_back(pooled(size, side, step, one_of(padding, i), one_of(dilation, i), ceil));
    TORCH_CHECK(spatial.back() > 0, "max_pool3d: a window of ", side, " does not fit into ", x.sizes());
  }
  const at::Tensor output = resized(x, spatial);
  return {output, at::empty_like(output, output.options().dtype(at::kLong))};
}

at::Tensor max_pool3d_backward(const at::Tensor&, const at::Tensor& x, at::IntArrayRef, at::IntArrayRef,
                               at::IntArrayRef, at::IntArrayRef, bool, const at::Tensor&) {
  return at::empty(x.sizes(), x.options().memory_format(x.suggest_memory_format()));
}

at::Tensor unpool2d(const at::Tensor& x, const at::Tensor& indices, at::IntArrayRef output) {
  TORCH_CHECK(x.sizes() == indices.sizes(), "Expected shape of indices to be same as that of the input tensor (",
              x.sizes(), ") but got indices tensor with shape: ", indices.sizes());
  return resized(x, output);
}

at::Tensor reflection_pad2d(const at::Tensor& x, at::IntArrayRef padding) {
  TORCH_CHECK(padding.size() == 4, "padding size is expected to be 4");
  const int64_t height = x.size(-2), width = x.size(-1);
  TORCH_CHECK(padding[0] < width && padding[1] < width && padding[2] < height && padding[3] < height,
              "Padding size should be less than the corresponding input dimension, but got padding ", padding,
              " of input ", x.sizes());
  return resized(x, {height + padding[2] + padding[3], width + padding[0] + padding[1]});
}

at::Tensor pad_backward(const at::Tensor&, const at::Tensor& x, at::IntArrayRef) {
  return at::empty_like(x, x.suggest_memory_format());
}

at::Tensor grid_sampler_2d(const at::Tensor& x, const at::Tensor& grid, int64_t, int64_t, bool) {
  TORCH_CHECK(x.size(0) == grid.size(0) && grid.size(-1) == 2, "grid_sampler(): input of ", x.sizes(), ", grid of ",
              grid.sizes());
  return at::empty({x.size(0), x.size(1), grid.size(1), grid.size(2)}, x.options());
}

std::tuple<at::Tensor, at::Tensor> grid_sampler_2d_backward(const at::Tensor&, const at::Tensor& x,
                                                            const at::Tensor& grid, int64_t, int64_t, bool,
                                                            std::array<bool, 2> wanted) {
  return {wanted[0] ? at::empty_like(x, at::MemoryFormat::Contiguous) : at::Tensor(),
          at::empty_like(grid, at::MemoryFormat::Contiguous)};
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("_adaptive_avg_pool2d", &adaptive);
  library.impl("_adaptive_avg_pool3d", &adaptive);
  library.impl("adaptive_avg_pool2d.out", &adaptive_out);
  library.impl("_adaptive_avg_pool2d_backward", &like_input);
  library.impl("_adaptive_avg_pool3d_backward", &like_input_contiguous);
  library.impl("max_pool3d_with_indices", &max_pool3d);
  library.impl("max_pool3d_with_indices_backward", &max_pool3d_backward);
  library.impl("max_unpool2d", &unpool2d);
  library.impl("reflection_pad2d", &reflection_pad2d);
  library.impl("reflection_pad2d_backward", &pad_backward);
  library.impl("replication_pad2d_backward", &pad_backward);
  library.impl("grid_sampler_2d", &grid_sampler_2d);
  library.impl("grid_sampler_2d_backward", &grid_sampler_2d_backward);
}

}  // namespace
}  // namespace dlrun
