// Normalization over batches, layers, instances and groups.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

OnnxKernel batch_norm(OnnxNodeReader& node) {
  node.arity(5, 5, 5);
  const double epsilon = node.real("epsilon", 1e-5);
  node.real("momentum", 0.9);  // Of the running statistics, which do not move here.
  if (node.opset < 9 && !node.flag("spatial", true)) refuse("statistics of each place ('spatial') are not supported");
  if (node.opset >= 14 && node.flag("training_mode", false)) refuse("training_mode is not supported");
  for (size_t i = 1; i < node.outputs(); ++i) {
    if (node.wants(i)) refuse("its statistics as outputs are not supported");
  }
  return one_output([epsilon](OnnxInputs in) {
    const auto type = in[0].scalar_type();
    return at::batch_norm(in[0], in[1].to(type), in[2].to(type), in[3].to(type), in[4].to(type), false, 0.1, epsilon,
                          false);
  });
}

OnnxKernel layer_norm(OnnxNodeReader& node) {
  node.arity(2, 3, 3);
  const int64_t given = node.integer("axis", -1);
  const double epsilon = node.real("epsilon", 1e-5);
  if (node.integer("stash_type", 1) != 1) refuse("attribute 'stash_type' other than 1 is not supported");
  return [=](OnnxInputs in) -> OnnxOutputs {
    const auto shape = in[0].sizes().slice(static_cast<size_t>(axis_of(given, in[0].dim())));
    const at::Tensor scale = in[1].expand(shape);
    const at::Tensor bias = in.size() > 2 && in[2].defined() ? in[2].expand(shape) : at::zeros_like(scale);
    // Half precision is normalized as float, as stash_type says.
    const bool wide = in[0].scalar_type() == at::kDouble;
    const at::Tensor x = wide ? in[0] : in[0].to(at::kFloat);
    auto [y, mean, deviation] =
        at::native_layer_norm(x, shape, scale.to(x.dtype()).contiguous(), bias.to(x.dtype()).contiguous(), epsilon);
    return {y.to(in[0].scalar_type()), mean, deviation};
  };
}

OnnxKernel instance_norm(OnnxNodeReader& node) {
  node.arity(3, 3);
  return one_output([epsilon = node.real("epsilon", 1e-5)](OnnxInputs in) {
    expect_same_type(in);
    return at::instance_norm(in[0], in[1], in[2], {}, {}, true, 0, epsilon, false);
  });
}

OnnxKernel group_norm(OnnxNodeReader& node) {
  node.arity(3, 3);
  const double epsilon = node.real("epsilon", 1e-5);
  const int64_t groups = node.integer("num_groups");
  if (groups < 1) refuse("attribute 'num_groups' is {}", groups);
  if (node.opset >= 21) node.integer("stash_type", 1);
  const bool by_group = node.opset < 21;  // One scale and bias for each group; for each channel since then.
  return one_output([=](OnnxInputs in) {
    expect_same_type(in);
    if (in[0].dim() < 2) refuse("its input must have at least 2 dimensions, it has {}", in[0].dim());
    const int64_t each = by_group ? in[0].size(1) / groups : 1;
    return at::group_norm(in[0], groups, in[1].repeat_interleave(each), in[2].repeat_interleave(each), epsilon, false);
  });
}

// x / (bias + alpha / size * sum of squares over neighbouring channels) ^ beta
OnnxKernel local_response_norm(OnnxNodeReader& node) {
  node.arity(1, 1);
  const double alpha = node.real("alpha", 0.0001), beta = node.real("beta", 0.75), bias = node.real("bias", 1);
  const int64_t size = node.integer("size");
  if (size < 1 || size > 1 << 20) refuse("attribute 'size' is {}", size);
  return one_output([=](OnnxInputs in) {
    const at::Tensor planes = in[0].flatten(2).square();  // [N, C, L]
    const at::Tensor padded = at::constant_pad_nd(planes, {0, 0, (size - 1) / 2, size / 2}, 0);
    const at::Tensor sums = padded.unfold(1, size, 1).sum(-1).reshape(in[0].sizes());
    return in[0] / (sums * (alpha / static_cast<double>(size)) + bias).pow(beta);
  });
}

OnnxKernel lp_norm(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t axis = node.integer("axis", -1), p = node.integer("p", 2);
  if (p != 1 && p != 2) refuse("attribute 'p' must be 1 or 2, it is {}", p);
  return one_output([=](OnnxInputs in) {
    const at::Tensor norm = at::linalg_vector_norm(in[0], p, {axis_of(axis, in[0].dim())}, true);
    return at::where(norm.eq(0), at::zeros_like(in[0]), in[0] / norm);
  });
}

OnnxKernel mean_variance_norm(OnnxNodeReader& node) {
  node.arity(1, 1);
  const auto axes = node.integers("axes").value_or(std::vector<int64_t>{0, 2, 3});
  return one_output([axes](OnnxInputs in) {
    const std::vector<int64_t> over = axes_of(axes, in[0].dim());
    const at::Tensor centred = in[0] - in[0].mean(over, true);
    return centred / (centred.square().mean(over, true).sqrt() + 1e-9);
  });
}

const OnnxRegistered normalization_entries{
    {"BatchNormalization", batch_norm, 7, "training_mode, statistics of each place"},
    {"GroupNormalization", group_norm, 18},
    {"InstanceNormalization", instance_norm, 6},
    {"LRN", local_response_norm},
    {"LayerNormalization", layer_norm, 17, "stash_type other than 1"},
    {"LpNormalization", lp_norm},
    {"MeanVarianceNormalization", mean_variance_norm, 9},
};

}  // namespace
}  // namespace dlrun
