// Convolution and its transpose, over one to three spatial dimensions.

#include "onnx/operators/window.h"

namespace dlrun {
namespace {

std::optional<at::Tensor> bias_of(OnnxInputs in) {
  return in.size() > 2 && in[2].defined() ? std::optional(in[2]) : std::nullopt;
}

// The kernel's sizes are the weight's; an attribute that says otherwise is a mistake.
OnnxWindow with_kernel(const OnnxWindow& window, const at::Tensor& x, const at::Tensor& weight) {
  if (x.dim() < 3 || weight.dim() != x.dim()) {
    refuse("its input has {} dimensions, its weight {}", x.dim(), weight.dim());
  }
  OnnxWindow result = window;
  result.kernel = weight.sizes().slice(2).vec();
  if (!window.kernel.empty() && window.kernel != result.kernel) {
    refuse("attribute 'kernel_shape' is [{}], its weight [{}]", fmt::join(window.kernel, ", "),
           fmt::join(weight.sizes(), ", "));
  }
  return result;
}

OnnxKernel convolution(OnnxNodeReader& node) {
  node.arity(2, 3);
  const OnnxWindow window = OnnxWindow::read(node);
  const int64_t groups = node.integer("group", 1);
  return one_output([=](OnnxInputs in) {
    expect_same_type(in);
    const OnnxWindow fit = with_kernel(window, in[0], in[1]).fit(in[0].sizes().slice(2));
    expect_windows(fit, in[0].sizes().slice(2), static_cast<double>(in[0].size(0)), static_cast<double>(in[1].numel()));
    const std::vector<int64_t> none(fit.kernel.size(), 0);
    const at::Tensor x = fit.symmetric() ? in[0] : at::constant_pad_nd(in[0], padding_of(fit.begin, fit.end), 0);
    return at::convolution(x, in[1], bias_of(in), fit.strides, fit.symmetric() ? fit.begin : none, fit.dilations, false,
                           none, groups);
  });
}

struct Transposed {
  OnnxWindow window;
  std::vector<int64_t> output_padding, output_shape;
  int64_t groups;

  void expect_small() const {
    for (const auto* list : {&output_padding, &output_shape}) {
      for (const int64_t number : *list) {
        if (number < 0 || number > OnnxWindow::most) refuse("a window cannot have {}", number);
      }
    }
  }

  // Where the result lies in the full one: begin and end are cut off; an end below 0 is filled up, by an output_shape
  // that is larger than the full one.
  void place(at::IntArrayRef sizes, OnnxWindow& fit, std::vector<int64_t>& extra) const {
    const size_t rank = sizes.size();
    extra = output_padding.empty() ? std::vector<int64_t>(rank, 0) : output_padding;
    if (extra.size() != rank) refuse("attribute 'output_padding' has {} numbers, its input {}", extra.size(), rank);
    const bool same = window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER";
    if (!same && output_shape.empty()) return;
    if (!output_shape.empty() && output_shape.size() != rank) {
      refuse("attribute 'output_shape' has {} numbers, its input {}", output_shape.size(), rank);
    }
    for (size_t i = 0; i < rank; ++i) {
      const int64_t stride = fit.strides[i], wanted = output_shape.empty() ? sizes[i] * stride : output_shape[i];
      const int64_t total = (sizes[i] - 1) * stride + extra[i] + fit.reach(i) - wanted;
      if (-total >= stride)
        refuse("attribute 'output_shape' has {} where {} is the most", wanted, wanted + total + stride - 1);
      fit.begin[i] = total < 0 ? 0 : window.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      fit.end[i] = total - fit.begin[i];
    }
  }

  at::Tensor run(OnnxInputs in) const {
    expect_same_type(in);
    OnnxWindow fit = with_kernel(window, in[0], in[1]).fit(in[0].sizes().slice(2));
    const int64_t each = in[1].numel() / std::max<int64_t>(in[1].size(0), 1);
    OnnxBudget::current().expect_operations(static_cast<double>(in[0].numel()) * static_cast<double>(each));
    std::vector<int64_t> extra;
    place(in[0].sizes().slice(2), fit, extra);
    const std::vector<int64_t> none(fit.kernel.size(), 0);
    bool plain = fit.symmetric();
    for (size_t i = 0; i < extra.size(); ++i) plain = plain && extra[i] < std::max(fit.strides[i], fit.dilations[i]);
    if (plain) {
      return at::convolution(in[0], in[1], bias_of(in), fit.strides, fit.begin, fit.dilations, true, extra, groups);
    }
    const at::Tensor full =
        at::convolution(in[0], in[1], std::nullopt, fit.strides, none, fit.dilations, true, none, groups);
    std::vector<int64_t> begin = none, end = none;
    for (size_t i = 0; i < extra.size(); ++i) {
      begin[i] = -fit.begin[i];
      end[i] = extra[i] - fit.end[i];
    }
    const at::Tensor result = at::constant_pad_nd(full, padding_of(begin, end), 0);
    if (!bias_of(in)) return result;
    std::vector<int64_t> shape(static_cast<size_t>(result.dim()), 1);
    shape[1] = in[2].numel();
    return result + in[2].reshape(shape);
  }
};

OnnxKernel transposed_convolution(OnnxNodeReader& node) {
  node.arity(2, 3);
  Transposed call{OnnxWindow::read(node), {}, {}, node.integer("group", 1)};
  call.output_padding = node.integers("output_padding").value_or(call.output_padding);
  call.output_shape = node.integers("output_shape").value_or(call.output_shape);
  call.expect_small();
  if (call.window.auto_pad.starts_with("SAME")) {
    // Sizes follow from the input's here, not from the window's.
    call.window.begin.clear();
  }
  return one_output([call](OnnxInputs in) { return call.run(in); });
}

const OnnxRegistered convolution_entries{{"Conv", convolution}, {"ConvTranspose", transposed_convolution}};

}  // namespace
}  // namespace dlrun
