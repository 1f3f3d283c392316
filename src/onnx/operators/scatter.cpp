// Putting elements where indices say, alone or combined with what is there.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

// How updates meet what is there: empty for replacing, else ATen's word.
std::string reduction_of(OnnxNodeReader& node) {
  if (node.opset < 16) return "";
  std::vector<std::string> choices = {"none", "add", "mul"};
  if (node.opset >= 18) choices.insert(choices.end(), {"max", "min"});
  const std::map<std::string, std::string> words = {
      {"none", ""}, {"add", "sum"}, {"mul", "prod"}, {"max", "amax"}, {"min", "amin"}};
  return words.at(node.text("reduction", "none", choices));
}

OnnxKernel scatter_elements(OnnxNodeReader& node) {
  node.arity(3, 3);
  const int64_t given = node.integer("axis", 0);
  const std::string reduction = reduction_of(node);
  return one_output([=](OnnxInputs in) {
    const int64_t axis = axis_of(given, in[0].dim());
    const at::Tensor indices = checked_indices(in[1], in[0].size(axis));
    if (in[2].scalar_type() != in[0].scalar_type()) refuse("its updates must have the type of its data");
    if (reduction.empty()) return at::scatter(in[0], axis, indices, in[2]);
    return at::scatter_reduce(in[0], axis, indices, in[2], reduction, true);
  });
}

// data [d0 .. dk, rest...], indices [i..., k], updates [i..., rest...]
OnnxKernel scatter_nd(OnnxNodeReader& node) {
  node.arity(3, 3);
  const std::string reduction = reduction_of(node);
  return one_output([=](OnnxInputs in) {
    const at::Tensor &data = in[0], &indices = in[1], &updates = in[2];
    const int64_t depth = indices.dim() > 0 ? indices.size(-1) : 0;
    if (depth < 1 || depth > data.dim()) refuse("its indices have {} numbers for {} axes", depth, data.dim());
    if (updates.scalar_type() != data.scalar_type()) refuse("its updates must have the type of its data");
    at::Tensor row = at::zeros(indices.sizes().slice(0, static_cast<size_t>(indices.dim() - 1)), at::kLong);
    int64_t rows = 1;
    for (int64_t i = 0; i < depth; ++i) {
      row = row * data.size(i) + checked_indices(indices.select(-1, i), data.size(i));
      rows *= data.size(i);
    }
    const int64_t width = product(data.sizes().slice(static_cast<size_t>(depth)));
    if (updates.numel() != row.numel() * width) {
      refuse("updates [{}] do not fit indices [{}]", fmt::join(updates.sizes(), ", "),
             fmt::join(indices.sizes(), ", "));
    }
    const at::Tensor table = data.reshape({rows, width}), values = updates.reshape({row.numel(), width});
    const at::Tensor where = row.flatten().unsqueeze(1).expand_as(values);
    const at::Tensor result = reduction.empty() ? at::scatter(table, 0, where, values)
                                                : at::scatter_reduce(table, 0, where, values, reduction, true);
    return result.reshape(data.sizes());
  });
}

const OnnxRegistered scatter_entries{
    {"Scatter", widened<scatter_elements>, 9, "", 10},  // until it got its longer name
    {"ScatterElements", widened<scatter_elements>, 11},
    {"ScatterND", widened<scatter_nd>, 11},
};

}  // namespace
}  // namespace dlrun
