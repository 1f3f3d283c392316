// Activation functions.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);

template <Unary function>
OnnxKernel unary(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([](OnnxInputs in) { return function(in[0]); });
}

at::Tensor relu(const at::Tensor& x) { return free_to_change(x) ? x.relu_() : at::relu(x); }
at::Tensor soft_plus(const at::Tensor& x) { return at::softplus(x); }
at::Tensor soft_sign(const at::Tensor& x) { return x / (1 + x.abs()); }

OnnxKernel leaky_relu(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([alpha = node.real("alpha", 0.01)](OnnxInputs in) { return at::leaky_relu(in[0], alpha); });
}

OnnxKernel parametric_relu(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    return at::where(in[0].lt(0), in[0] * in[1].expand_as(in[0]), in[0]);
  });
}

// scale * (x > 0 ? x : alpha * (exp(x * input_scale) - 1))
OnnxKernel exponential(double alpha, double scale, double input_scale) {
  return one_output([=](OnnxInputs in) { return at::elu(in[0], alpha, scale, input_scale); });
}
OnnxKernel elu(OnnxNodeReader& node) {
  node.arity(1, 1);
  return exponential(node.real("alpha", 1), 1, 1);
}
OnnxKernel selu(OnnxNodeReader& node) {
  node.arity(1, 1);
  const double alpha = node.real("alpha", 1.67326319217681884765625);
  return exponential(alpha, node.real("gamma", 1.05070102214813232421875), 1);
}
OnnxKernel celu(OnnxNodeReader& node) {
  node.arity(1, 1);
  const double alpha = node.real("alpha", 1);
  return exponential(alpha, 1, 1 / alpha);
}

OnnxKernel gelu(OnnxNodeReader& node) {
  node.arity(1, 1);
  const std::string approximate = node.text("approximate", "none", {"none", "tanh"});
  return one_output([approximate](OnnxInputs in) { return at::gelu(in[0], approximate); });
}

OnnxKernel hard_sigmoid(OnnxNodeReader& node) {
  node.arity(1, 1);
  const double alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5);
  return one_output([=](OnnxInputs in) { return at::clamp(in[0] * alpha + beta, 0, 1); });
}

OnnxKernel thresholded_relu(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([alpha = node.real("alpha", 1)](OnnxInputs in) {
    return at::where(in[0].gt(alpha), in[0], at::zeros_like(in[0]));
  });
}

OnnxKernel shrink(OnnxNodeReader& node) {
  node.arity(1, 1);
  const double bias = node.real("bias", 0), threshold = node.real("lambd", 0.5);
  return one_output([=](OnnxInputs in) {
    const at::Tensor zeros = at::zeros_like(in[0]);
    const at::Tensor result =
        at::where(in[0].lt(-threshold), in[0] + bias, at::where(in[0].gt(threshold), in[0] - bias, zeros));
    return result.to(in[0].scalar_type());
  });
}

OnnxKernel clip(OnnxNodeReader& node) {
  if (node.opset < 11) {
    node.arity(1, 1);
    const double lowest = -std::numeric_limits<double>::infinity(), low = node.real("min", lowest),
                 high = node.real("max", -lowest);
    return one_output([=](OnnxInputs in) { return at::clamp(in[0], low, high); });
  }
  node.arity(1, 3);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    auto bound = [&](size_t i) -> std::optional<at::Scalar> {
      if (i >= in.size() || !in[i].defined()) return std::nullopt;
      if (in[i].numel() != 1) refuse("a bound must be one number, it has {}", in[i].numel());
      return in[i].item();
    };
    const auto low = bound(1), high = bound(2);
    return low || high ? at::clamp(in[0], low, high) : in[0];
  });
}

// Before opset 13 an axis and all behind it were one.
template <class Function>
OnnxKernel along_axis(OnnxNodeReader& node, Function function) {
  node.arity(1, 1);
  if (node.opset < 13) {
    return one_output([given = node.integer("axis", 1), function](OnnxInputs in) {
      const int64_t rank = in[0].dim();
      const auto axis = static_cast<size_t>(given == rank ? rank : axis_of(given, rank));
      const auto sizes = in[0].sizes();
      const at::Tensor rows = in[0].reshape({product(sizes.slice(0, axis)), product(sizes.slice(axis))});
      return function(rows, 1).reshape(sizes);
    });
  }
  return one_output([axis = node.integer("axis", -1), function](OnnxInputs in) {
    return function(in[0], axis_of(axis, std::max<int64_t>(in[0].dim(), 1)));
  });
}
OnnxKernel soft_max(OnnxNodeReader& node) {
  return along_axis(node, [](const at::Tensor& x, int64_t axis) { return at::softmax(x, axis); });
}
OnnxKernel log_soft_max(OnnxNodeReader& node) {
  return along_axis(node, [](const at::Tensor& x, int64_t axis) { return at::log_softmax(x, axis); });
}
OnnxKernel hard_max(OnnxNodeReader& node) {
  return along_axis(
      node, [](const at::Tensor& x, int64_t axis) { return at::zeros_like(x).scatter(axis, x.argmax(axis, true), 1); });
}

const OnnxRegistered activation_entries{
    {"Celu", celu, 12},
    {"Clip", widened<clip>},
    {"Elu", elu, 6},
    {"Gelu", gelu, 20},
    {"HardSigmoid", hard_sigmoid, 6},
    {"HardSwish", unary<at::hardswish>, 14},
    {"Hardmax", hard_max},
    {"LeakyRelu", leaky_relu},
    {"LogSoftmax", log_soft_max},
    {"Mish", unary<at::mish>, 18},
    {"PRelu", widened<parametric_relu>},
    {"Relu", unary<relu>},
    {"Selu", selu, 6},
    {"Shrink", widened<shrink>, 9},
    {"Sigmoid", unary<at::sigmoid>},
    {"Softmax", soft_max},
    {"Softplus", unary<soft_plus>, 1},
    {"Softsign", unary<soft_sign>, 1},
    {"Tanh", unary<at::tanh>},
    {"ThresholdedRelu", thresholded_relu, 10},
};

}  // namespace
}  // namespace dlrun
