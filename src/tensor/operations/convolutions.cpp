// Operations of convolutions. Borders are counted as if the image went on.

#include "tensor/operations/families.h"

namespace dlrun::operations_of {
namespace {

int64_t spatial(const at::Tensor& images) {
  int64_t pixels = 1;
  for (int64_t d = 2; d < images.dim(); ++d) pixels *= images.size(d);
  return pixels;
}

// Every weight meets every pixel of the smaller side once: the output, or for a transposed convolution the input.
int64_t once(const at::Tensor& weight, const at::Tensor& images) {
  return 2 * weight.numel() * images.size(0) * spatial(images);
}

at::Tensor with_batch(const at::Tensor& images, const at::Tensor& weight) {
  return images.dim() < weight.dim() ? images.unsqueeze(0) : images;
}

int64_t plain(const TappedCall& call) { return once(tensor(call, 1), with_batch(result(call, 0), tensor(call, 1))); }

int64_t transposed(const TappedCall& call) {
  return once(tensor(call, 1), with_batch(tensor(call, 0), tensor(call, 1)));
}

int64_t general(const TappedCall& call) { return call.arguments[6].toBool() ? transposed(call) : plain(call); }

// (gradient, input, weight, bias sizes, stride, padding, dilation, transposed, output padding, groups, wanted): the
// gradients of the input and of the weight are each as much work as the convolution, if asked for. With groups the
// reference counts the weight's gradient as if there were none, and so do we.
int64_t convolution_backward(const TappedCall& call) {
  const at::Tensor gradient = tensor(call, 0), input = tensor(call, 1), weight = tensor(call, 2);
  const at::Tensor& small = call.arguments[7].toBool() ? input : gradient;
  int64_t total = 0;
  if (result(call, 0).defined()) total += once(weight, small);
  if (result(call, 1).defined()) {
    const int64_t kernel = weight.numel() / (weight.size(0) * weight.size(1));
    total += 2 * gradient.size(1) * input.size(1) * kernel * input.size(0) * spatial(small);
  }
  return total;
}

constexpr Formula convolution_formulas[] = {
    {"aten::conv1d", plain},
    {"aten::conv2d", plain},
    {"aten::conv3d", plain},
    {"aten::conv_transpose1d", transposed},
    {"aten::conv_transpose2d", transposed},
    {"aten::conv_transpose3d", transposed},
    {"aten::convolution", general},
    {"aten::_convolution", general},
    {"aten::convolution_backward", convolution_backward},
};

}  // namespace

std::span<const Formula> convolutions() { return convolution_formulas; }

}  // namespace dlrun::operations_of
