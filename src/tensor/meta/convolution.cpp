// Meta kernels of convolutions, with the copies the kernels on a CPU make on their way.

#include <ATen/ATen.h>
#include <torch/library.h>

#include <cstdlib>
#include <string_view>

namespace dlrun {
namespace {

struct Window {
  at::IntArrayRef stride, padding, dilation;
  bool transposed;
  at::IntArrayRef output_padding;
  int64_t groups;
};

int64_t at_or_last(at::IntArrayRef values, size_t i) { return values.size() == 1 ? values[0] : values[i]; }

std::vector<int64_t> output_sizes(const at::Tensor& x, const at::Tensor& weight, const Window& window) {
  const int64_t outputs = window.transposed ? weight.size(1) * window.groups : weight.size(0);
  std::vector<int64_t> sizes = {x.size(0), outputs};
  for (int64_t d = 2; d < x.dim(); ++d) {
    const size_t i = static_cast<size_t>(d - 2);
    const int64_t stride = at_or_last(window.stride, i), padding = at_or_last(window.padding, i);
    const int64_t reach = at_or_last(window.dilation, i) * (weight.size(d) - 1);
    if (window.transposed)
      sizes.push_back((x.size(d) - 1) * stride - 2 * padding + reach + at_or_last(window.output_padding, i) + 1);
    else
      sizes.push_back((x.size(d) + 2 * padding - reach - 1) / stride + 1);
  }
  return sizes;
}

void check(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias, const Window& window,
           const std::vector<int64_t>& output) {
  const int64_t taken = window.transposed ? weight.size(0) : weight.size(1) * window.groups;
  TORCH_CHECK(x.dim() == weight.dim(), "a kernel of ", weight.sizes(), " does not fit an input of ", x.sizes());
  TORCH_CHECK(x.size(1) == taken, "the weight of ", weight.sizes(), " takes ", taken, " channels, but the input of ",
              x.sizes(), " has ", x.size(1));
  TORCH_CHECK(x.scalar_type() == weight.scalar_type(), "Input type (", x.scalar_type(), ") and weight type (",
              weight.scalar_type(), ") should be the same");
  TORCH_CHECK(!bias || !bias->defined() || (bias->dim() == 1 && bias->size(0) == output[1]),
              "expected bias to be 1-dimensional with ", output[1], " elements");
  for (size_t d = 2; d < output.size(); ++d)
    TORCH_CHECK(output[d] > 0, "a kernel of ", weight.sizes(), " leaves nothing of an input of ", x.sizes());
}

at::MemoryFormat format_of(const at::Tensor& x, const at::Tensor& weight) {
  if (x.dim() == 4)
    for (const at::Tensor& one : {x, weight})
      if (one.suggest_memory_format() == at::MemoryFormat::ChannelsLast) return at::MemoryFormat::ChannelsLast;
  if (x.dim() == 5)
    for (const at::Tensor& one : {x, weight})
      if (one.suggest_memory_format() == at::MemoryFormat::ChannelsLast3d) return at::MemoryFormat::ChannelsLast3d;
  return at::MemoryFormat::Contiguous;
}

// Whether oneDNN copies what it reads and writes into blocks of channels: channels that are not last, as those of
// series.
bool in_blocks(const at::Tensor& x, bool transposed, int64_t groups) {
  return x.dim() == 3 && !transposed && groups == 1;
}

// As many channels as a vector holds floats: of the processor, or of what oneDNN's variable holds it to.
int64_t block() {
  static const bool wide = [] {
    for (const char* variable : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"})
      if (const char* value = std::getenv(variable)) {
        const std::string_view most = value;
        return most.starts_with("AVX512") || most.starts_with("AVX10") || most == "DEFAULT" || most == "ALL";
      }
    return __builtin_cpu_supports("avx512f") != 0;
  }();
  return wide ? 16 : 8;
}

int64_t whole_blocks(int64_t channels) { return (channels + block() - 1) / block() * block(); }

// A copy of [N, C, ...] in whole blocks of channels.
at::Tensor blocks_of(at::IntArrayRef sizes, const at::TensorOptions& options) {
  std::vector<int64_t> whole = sizes.vec();
  whole[1] = whole_blocks(whole[1]);
  return at::empty(whole, options);
}

// The same of a kernel [outputs, inputs, ...].
at::Tensor blocks_of_kernel(const at::Tensor& kernel, bool inputs_too) {
  std::vector<int64_t> whole = kernel.sizes().vec();
  whole[0] = whole_blocks(whole[0]);
  if (inputs_too) whole[1] = whole_blocks(whole[1]);
  return at::empty(whole, kernel.options());
}

// Fewer channels than a block are read as they lie.
bool fills_block(const at::Tensor& x) { return x.size(1) >= block(); }

// What oneDNN holds while it computes the gradient of the input, and of the kernel. With a stride it multiplies
// matrices for the former, and copies the gradient twice.
void hold_for_input(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& kernel, bool strided) {
  if (strided) {
    const at::Tensor product = at::empty_like(x), turned = at::empty_like(x);
    return;
  }
  const at::Tensor read = blocks_of(gradient.sizes(), x.options()), blocked = blocks_of_kernel(kernel, true);
}

void hold_for_kernel(const at::Tensor& gradient, const at::Tensor& x) {
  const bool blocks = fills_block(x);
  const at::Tensor arrived = blocks || fills_block(gradient) ? blocks_of(gradient.sizes(), x.options())
                                                             : at::empty_like(gradient),
                   read = blocks ? blocks_of(x.sizes(), x.options()) : at::empty_like(x);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, int64_t groups) {
  const Window window{stride, padding, dilation, transposed, output_padding, groups};
  const bool single = x.dim() + 1 == weight.dim();  // one sample without a batch dimension
  const at::Tensor batch = single ? x.unsqueeze(0) : x;
  TORCH_CHECK(batch.dim() == weight.dim(), "a kernel of ", weight.sizes(), " does not fit an input of ", x.sizes());
  const std::vector<int64_t> sizes = output_sizes(batch, weight, window);
  check(batch, weight, bias, window, sizes);
  const at::MemoryFormat format = format_of(batch, weight);
  const at::Tensor input = batch.contiguous(format), kernel = weight.contiguous(format);
  if (in_blocks(batch, transposed, groups)) {
    const at::Tensor written = blocks_of(sizes, x.options());
    {
      const bool blocks = fills_block(batch);
      const at::Tensor read = blocks ? blocks_of(batch.sizes(), x.options()) : at::Tensor(),
                       blocked = blocks_of_kernel(kernel, blocks);
    }
    const at::Tensor output = at::empty(sizes, x.options());
    return single ? output.squeeze(0) : output;
  }
  const at::Tensor output = at::empty(sizes, x.options().memory_format(format));
  const at::Tensor reordered = at::empty_like(kernel);  // blocked, as oneDNN's kernels read it
  return single ? output.squeeze(0) : output;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const at::Tensor& gradient, const at::Tensor& x,
                                                                    const at::Tensor& weight, at::OptionalIntArrayRef,
                                                                    at::IntArrayRef stride, at::IntArrayRef,
                                                                    at::IntArrayRef, bool transposed, at::IntArrayRef,
                                                                    int64_t groups, std::array<bool, 3> wanted) {
  const at::MemoryFormat format = format_of(x, weight);
  const at::Tensor arriving = gradient.contiguous(format), input = x.contiguous(format),
                   kernel = weight.contiguous(format);
  at::Tensor for_input, for_weight, for_bias;
  if (in_blocks(x, transposed, groups)) {
    if (wanted[0]) {
      const bool strided = stride[0] > 1;
      const at::Tensor written = strided ? at::Tensor() : blocks_of(x.sizes(), x.options());
      if (!strided) hold_for_input(gradient, x, kernel, false);
      for_input = at::empty(x.sizes(), x.options());
      if (strided) hold_for_input(gradient, x, kernel, true);
    }
    if (wanted[1]) {
      const at::Tensor sums = blocks_of_kernel(kernel, fills_block(x));
      hold_for_kernel(gradient, x);
      for_weight = at::empty(weight.sizes(), weight.options());
    }
    if (wanted[2]) for_bias = at::empty({weight.size(0)}, weight.options());
    return {for_input, for_weight, for_bias};
  }
  // One after the other, as they are computed; what oneDNN reorders is gone before the next begins.
  if (wanted[0]) for_input = at::empty(x.sizes(), x.options().memory_format(format));
  if (wanted[0]) const at::Tensor reordered = at::empty_like(kernel);
  if (wanted[1]) for_weight = at::empty(weight.sizes(), weight.options().memory_format(format));
  if (wanted[1]) const at::Tensor sums = at::empty_like(kernel), blocked = at::empty_like(kernel);
  if (wanted[2]) for_bias = at::empty({transposed ? weight.size(1) * groups : weight.size(0)}, weight.options());
  return {for_input, for_weight, for_bias};
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("convolution", &convolution);
  library.impl("convolution_backward", &convolution_backward);
}

}  // namespace
}  // namespace dlrun
