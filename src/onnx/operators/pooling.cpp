// Pooling over one to three spatial dimensions.

#include "onnx/operators/window.h"
#include "tensor/pooled.h"

namespace dlrun {
namespace {

struct Pooling {
  OnnxWindow window;
  bool round_up = false, count_padding = false;

  static Pooling read(OnnxNodeReader& node) {
    Pooling result{OnnxWindow::read(node), node.flag("ceil_mode", false)};
    if (result.window.kernel.empty()) refuse("attribute 'kernel_shape' is missing");
    if (result.window.kernel.size() > 3)
      refuse("windows of {} dimensions are not supported", result.window.kernel.size());
    return result;
  }

  // Outputs along each dimension. One whose window would begin behind the input and its left padding does not count.
  std::vector<int64_t> outputs(const OnnxWindow& fit, at::IntArrayRef sizes) const {
    std::vector<int64_t> result;
    for (size_t i = 0; i < sizes.size(); ++i) {
      const int64_t room = sizes[i] + fit.begin[i] + fit.end[i] - fit.reach(i), stride = fit.strides[i];
      if (room < 0) refuse("its window of {} is larger than its padded input of {}", fit.reach(i), room + fit.reach(i));
      int64_t count = (room + (round_up ? stride - 1 : 0)) / stride + 1;
      if ((count - 1) * stride >= sizes[i] + fit.begin[i]) --count;
      result.push_back(count);
    }
    return result;
  }

  // ATen pads evenly, and at most by half a window.
  bool plain(const OnnxWindow& fit) const {
    bool small = fit.symmetric();
    for (size_t i = 0; i < fit.kernel.size(); ++i) small = small && fit.begin[i] * 2 <= fit.kernel[i];
    return small;
  }

  // How much must be added behind the input so that exactly `outputs` windows fit.
  static std::vector<int64_t> ends(const OnnxWindow& fit, at::IntArrayRef sizes, at::IntArrayRef outputs) {
    std::vector<int64_t> result;
    for (size_t i = 0; i < sizes.size(); ++i) {
      result.push_back((outputs[i] - 1) * fit.strides[i] + fit.reach(i) - sizes[i] - fit.begin[i]);
    }
    return result;
  }
};

// The window over this input, within the budget.
OnnxWindow fitted(const OnnxWindow& window, const at::Tensor& x) {
  const size_t rank = window.kernel.size();
  if (x.dim() != static_cast<int64_t>(rank) + 2)
    refuse("its window has {} dimensions, its input [{}] must have two more", rank, fmt::join(x.sizes(), ", "));
  OnnxWindow fit = window.fit(x.sizes().slice(2));
  double each = static_cast<double>(x.size(0));
  for (const int64_t size : fit.kernel) each *= static_cast<double>(size);
  expect_windows(fit, x.sizes().slice(2), static_cast<double>(x.size(1)), each);
  return fit;
}

// With indices only where they are wanted.
std::tuple<at::Tensor, at::Tensor> max_pool(const at::Tensor& x, const OnnxWindow& fit, const std::vector<int64_t>& pad,
                                            bool round_up, bool indices) {
  switch (fit.kernel.size()) {
    case 1: {  // ATen's own takes no channels_last and no half: one row of a picture does.
      const auto [values, indices] = at::max_pool2d_with_indices(
          x.unsqueeze(2), {1, fit.kernel[0]}, {1, fit.strides[0]}, {0, pad[0]}, {1, fit.dilations[0]}, round_up);
      return {values.squeeze(2), indices.squeeze(2)};
    }
    case 2:
      if (!indices) {
        return {pooled(x,
                       [&](const at::Tensor& images) {
                         return at::max_pool2d(images, fit.kernel, fit.strides, pad, fit.dilations, round_up);
                       }),
                at::Tensor()};
      }
      return at::max_pool2d_with_indices(x, fit.kernel, fit.strides, pad, fit.dilations, round_up);
    default:
      return at::max_pool3d_with_indices(x, fit.kernel, fit.strides, pad, fit.dilations, round_up);
  }
}

at::Scalar lowest(at::ScalarType type) {
  if (at::isFloatingType(type)) return -std::numeric_limits<double>::infinity();
  return type == at::kByte ? 0 : type == at::kChar ? -128 : std::numeric_limits<int32_t>::lowest();
}

// Indices within one padded plane become indices into the whole input, as ONNX counts them: the last dimension of a
// plane is the fastest, or by columns the first.
at::Tensor whole_indices(const at::Tensor& x, const at::Tensor& padded, at::Tensor indices, const OnnxWindow& fit,
                         bool by_columns) {
  at::Tensor result = at::zeros_like(indices);
  const auto sizes = x.sizes().slice(2);
  int64_t stride = 1;
  for (int64_t axis = x.dim() - 1; axis >= 2; --axis) {
    const auto spatial = static_cast<size_t>(axis - 2);
    const at::Tensor coordinate = indices.remainder(padded.size(axis)) - fit.begin[spatial];
    result = result + coordinate * (by_columns ? product(sizes.slice(0, spatial)) : stride);
    indices = at::div(indices, padded.size(axis), "floor");
    stride *= x.size(axis);
  }
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  shape[1] = x.size(1);
  return result + (at::arange(x.size(0) * x.size(1), at::kLong) * stride).reshape(shape);
}

OnnxKernel max_pooling(OnnxNodeReader& node) {
  node.arity(1, 1, 2);
  const Pooling pooling = Pooling::read(node);
  const bool wants_indices = node.wants(1);
  const bool by_columns = node.flag("storage_order", false);
  return [=](OnnxInputs in) -> OnnxOutputs {
    const at::Tensor& x = in[0];
    const OnnxWindow fit = fitted(pooling.window, x);
    const auto sizes = x.sizes().slice(2);
    const std::vector<int64_t> outputs = pooling.outputs(fit, sizes);
    const std::vector<int64_t> none(fit.kernel.size(), 0);
    if (pooling.plain(fit) && !wants_indices)
      return {std::get<0>(max_pool(x, fit, fit.begin, pooling.round_up, false))};
    const at::Tensor padded =
        at::constant_pad_nd(x, padding_of(fit.begin, Pooling::ends(fit, sizes, outputs)), lowest(x.scalar_type()));
    const auto [values, indices] = max_pool(padded, fit, none, false, wants_indices);
    if (!wants_indices) return {values};
    return {values, whole_indices(x, padded, indices, fit, by_columns)};
  };
}

// Sums over windows, of any stride, gap and padding: a convolution of each plane by ones.
at::Tensor window_sums(const at::Tensor& padded, const OnnxWindow& fit) {
  std::vector<int64_t> planes = padded.sizes().vec(), kernel = fit.kernel;
  planes.erase(planes.begin(), planes.begin() + 2);
  planes.insert(planes.begin(), {padded.size(0) * padded.size(1), 1});
  kernel.insert(kernel.begin(), {1, 1});
  const at::Tensor sums = at::convolution(padded.reshape(planes), at::ones(kernel, padded.options()), std::nullopt,
                                          fit.strides, std::vector<int64_t>(fit.kernel.size(), 0), fit.dilations, false,
                                          std::vector<int64_t>(fit.kernel.size(), 0), 1);
  std::vector<int64_t> shape = sums.sizes().vec();
  shape.erase(shape.begin(), shape.begin() + 2);
  shape.insert(shape.begin(), {padded.size(0), padded.size(1)});
  return sums.reshape(shape);
}

at::Tensor average(const at::Tensor& x, const Pooling& pooling, const OnnxWindow& fit) {
  const auto sizes = x.sizes().slice(2);
  const std::vector<int64_t> behind = Pooling::ends(fit, sizes, pooling.outputs(fit, sizes));
  const at::Tensor sums = window_sums(at::constant_pad_nd(x, padding_of(fit.begin, behind), 0), fit);
  // What counts: the input, with its padding where asked for, but never what rounding up added.
  std::vector<int64_t> shape = sizes.vec(), begin = fit.begin, end = behind;
  for (size_t i = 0; pooling.count_padding && i < shape.size(); ++i) {
    shape[i] += fit.begin[i] + fit.end[i];
    begin[i] = 0;
    end[i] -= fit.end[i];
  }
  shape.insert(shape.begin(), {1, 1});
  const at::Tensor counted = at::constant_pad_nd(at::ones(shape, x.options()), padding_of(begin, end), 0);
  return sums / window_sums(counted, fit);
}

OnnxKernel average_pooling(OnnxNodeReader& node) {
  node.arity(1, 1);
  Pooling pooling = Pooling::read(node);
  pooling.count_padding = node.flag("count_include_pad", false);
  if (node.opset < 19 && !pooling.window.dilations.empty()) refuse("attribute 'dilations' is there since opset 19");
  return one_output([pooling](OnnxInputs in) {
    const at::Tensor& x = in[0];
    const OnnxWindow fit = fitted(pooling.window, x);
    pooling.outputs(fit, x.sizes().slice(2));
    const bool gaps = std::any_of(fit.dilations.begin(), fit.dilations.end(), [](int64_t gap) { return gap != 1; });
    if (gaps || !pooling.plain(fit)) return average(x, pooling, fit);
    switch (fit.kernel.size()) {
      case 1:
        return at::avg_pool1d(x, fit.kernel, fit.strides, fit.begin, pooling.round_up, pooling.count_padding);
      case 2:
        return pooled(x, [&](const at::Tensor& images) {
          return at::avg_pool2d(images, fit.kernel, fit.strides, fit.begin, pooling.round_up, pooling.count_padding);
        });
      default:
        return at::avg_pool3d(x, fit.kernel, fit.strides, fit.begin, pooling.round_up, pooling.count_padding);
    }
  });
}

// All spatial dimensions become 1.
template <bool largest>
OnnxKernel global_pooling(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([](OnnxInputs in) {
    if (in[0].dim() < 3) refuse("its input must have at least 3 dimensions, it has {}", in[0].dim());
    std::vector<int64_t> axes;
    for (int64_t axis = 2; axis < in[0].dim(); ++axis) axes.push_back(axis);
    return largest ? at::amax(in[0], axes, true) : at::mean(in[0], axes, true);
  });
}

const OnnxRegistered pooling_entries{
    {"AveragePool", average_pooling},
    {"GlobalAveragePool", global_pooling<false>, 1},
    {"GlobalMaxPool", global_pooling<true>, 1},
    {"MaxPool", max_pooling},
};

}  // namespace
}  // namespace dlrun
