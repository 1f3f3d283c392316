// Taking elements by their indices.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

OnnxKernel gather(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([given = node.integer("axis", 0)](OnnxInputs in) {
    const int64_t axis = axis_of(given, in[0].dim());
    const at::Tensor indices = checked_indices(in[1], in[0].size(axis));
    if (indices.dim() == 0) return in[0].select(axis, indices.item<int64_t>());
    std::vector<int64_t> shape = in[0].sizes().vec();
    const auto place = shape.erase(shape.begin() + axis);
    shape.insert(place, indices.sizes().begin(), indices.sizes().end());
    return in[0].index_select(axis, indices.flatten()).reshape(shape);
  });
}

OnnxKernel gather_elements(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([given = node.integer("axis", 0)](OnnxInputs in) {
    const int64_t axis = axis_of(given, in[0].dim());
    return at::gather(in[0], axis, checked_indices(in[1], in[0].size(axis)));
  });
}

// data [batch..., d0 .. dk, rest...], indices [batch..., i..., k] -> [batch..., i..., rest...]
OnnxKernel gather_nd(OnnxNodeReader& node) {
  node.arity(2, 2);
  const int64_t batch_axes = node.integer("batch_dims", 0);
  return one_output([batch_axes](OnnxInputs in) {
    const at::Tensor &data = in[0], &indices = in[1];
    const int64_t depth = indices.dim() > 0 ? indices.size(-1) : 0;
    if (batch_axes < 0 || batch_axes >= indices.dim() || depth < 1 || batch_axes + depth > data.dim()) {
      refuse("indices [{}] do not fit data [{}] with {} batch dimensions", fmt::join(indices.sizes(), ", "),
             fmt::join(data.sizes(), ", "), batch_axes);
    }
    const auto sizes = data.sizes();
    const int64_t batches = product(sizes.slice(0, static_cast<size_t>(batch_axes)));
    const auto rest = sizes.slice(static_cast<size_t>(batch_axes + depth));
    at::Tensor row = at::zeros(indices.sizes().slice(0, static_cast<size_t>(indices.dim() - 1)), at::kLong);
    int64_t rows = 1;
    for (int64_t i = 0; i < depth; ++i) {
      const int64_t size = data.size(batch_axes + i);
      row = row * size + checked_indices(indices.select(-1, i), size);
      rows *= size;
    }
    const at::Tensor offsets = at::arange(batches, at::kLong).unsqueeze(1) * rows;  // [batches, 1]
    std::vector<int64_t> table = rest.vec(), shape = row.sizes().vec();
    table.insert(table.begin(), batches * rows);
    shape.insert(shape.end(), rest.begin(), rest.end());
    const int64_t each = batches == 0 ? 0 : row.numel() / batches;
    return data.reshape(table).index_select(0, (row.reshape({batches, each}) + offsets).flatten()).reshape(shape);
  });
}

OnnxKernel compress(OnnxNodeReader& node) {
  node.arity(2, 2);
  std::optional<int64_t> given;
  if (node.has("axis")) given = node.integer("axis");
  return one_output([given](OnnxInputs in) {
    if (in[1].scalar_type() != at::kBool || in[1].dim() != 1) refuse("its condition must be a list of bool");
    const at::Tensor x = given ? in[0] : in[0].flatten();
    const int64_t axis = given ? axis_of(*given, x.dim()) : 0;
    if (in[1].size(0) > x.size(axis)) refuse("its condition has {} elements, the axis {}", in[1].size(0), x.size(axis));
    return x.index_select(axis, in[1].nonzero().flatten());
  });
}

OnnxKernel non_zero(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([](OnnxInputs in) { return at::nonzero(in[0]).t(); });
}

// The first `length` elements of each sequence, backwards.
OnnxKernel reverse_sequence(OnnxNodeReader& node) {
  node.arity(2, 2);
  const int64_t batch = node.integer("batch_axis", 1), time = node.integer("time_axis", 0);
  if (std::min(batch, time) != 0 || std::max(batch, time) != 1) refuse("batch_axis and time_axis must be 0 and 1");
  return one_output([=](OnnxInputs in) {
    if (in[0].dim() < 2 || in[1].dim() != 1 || in[1].size(0) != in[0].size(batch)) {
      refuse("its input must have a length for each sequence");
    }
    const at::Tensor x = time == 0 ? in[0] : in[0].transpose(0, 1);
    const at::Tensor steps = at::arange(x.size(0), at::kLong).unsqueeze(1);  // [T, 1]
    const at::Tensor lengths = in[1].to(at::kLong).unsqueeze(0);             // [1, N]
    if (lengths.numel() > 0 && (lengths.lt(0) | lengths.gt(x.size(0))).any().item<bool>())
      refuse("a length is outside");
    const at::Tensor from = at::where(steps.lt(lengths), lengths - 1 - steps, steps);
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[0] = x.size(0);
    shape[1] = x.size(1);
    const at::Tensor result = at::gather(x, 0, from.reshape(shape).expand(x.sizes()));
    return time == 0 ? result : result.transpose(0, 1);
  });
}

const OnnxRegistered gather_entries{
    {"Compress", compress, 9},
    {"Gather", gather},
    {"GatherElements", widened<gather_elements>, 11},
    {"GatherND", gather_nd, 11},
    {"NonZero", widened<non_zero, 0>, 9},
    {"ReverseSequence", widened<reverse_sequence>, 10},
};

}  // namespace
}  // namespace dlrun
