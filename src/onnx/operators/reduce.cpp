// Reductions over axes. Axes are an attribute until opset 17 (ReduceSum: 12) and an input from then on.

#include <ATen/Dispatch.h>

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

using Reduce = at::Tensor (*)(const at::Tensor&, at::IntArrayRef, bool);

at::Tensor sum(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return at::sum(x, axes, keep, x.scalar_type()); }

// Of nothing the largest is the least number of the type, and the other way round.
at::Tensor limit(const at::Tensor& x, at::IntArrayRef axes, bool keep, bool lowest) {
  at::Scalar value = lowest ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  if (!at::isFloatingType(x.scalar_type())) {
    AT_DISPATCH_INTEGRAL_TYPES_AND(at::kBool, x.scalar_type(), "limit", [&] {
      value = lowest ? std::numeric_limits<scalar_t>::lowest() : std::numeric_limits<scalar_t>::max();
    });
  }
  return at::full_like(at::sum(x, axes, keep, x.scalar_type()), value);
}
bool nothing(const at::Tensor& x, at::IntArrayRef axes) {
  return std::any_of(axes.begin(), axes.end(), [&](int64_t axis) { return x.size(axis) == 0; });
}
at::Tensor largest(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  return nothing(x, axes) ? limit(x, axes, keep, true) : at::amax(x, axes, keep);
}
at::Tensor smallest(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  return nothing(x, axes) ? limit(x, axes, keep, false) : at::amin(x, axes, keep);
}

at::Tensor absolute_sum(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return sum(x.abs(), axes, keep); }
at::Tensor square_sum(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return sum(x * x, axes, keep); }
at::Tensor log_sum(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return sum(x, axes, keep).log(); }

// Integers are reduced as doubles, and cut off as ONNX does.
template <Reduce function>
at::Tensor as_reals(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  if (!at::isIntegralType(x.scalar_type(), true)) return function(x, axes, keep);
  return function(x.to(at::kDouble), axes, keep).to(x.scalar_type());
}
at::Tensor mean(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return at::mean(x, axes, keep); }
at::Tensor norm(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  return at::linalg_vector_norm(x, 2, axes, keep);
}
at::Tensor log_sum_exp(const at::Tensor& x, at::IntArrayRef axes, bool keep) { return at::logsumexp(x, axes, keep); }

at::Tensor multiplied(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  std::vector<int64_t> descending = axes.vec();
  std::sort(descending.rbegin(), descending.rend());
  at::Tensor result = x;
  for (const int64_t axis : descending) result = at::prod(result, axis, keep, x.scalar_type());
  return result;
}

template <Reduce function, int64_t axes_are_input_since = 18>
OnnxKernel reduce(OnnxNodeReader& node) {
  const OnnxList list = node.list("axes", 1, axes_are_input_since);
  node.arity(1, list.by_input ? 2 : 1);
  const bool keep = node.flag("keepdims", true);
  const bool nothing_by_default = list.by_input && node.flag("noop_with_empty_axes", false);
  return one_output([=](OnnxInputs in) {
    const at::Tensor& x = in[0];
    std::vector<int64_t> axes = axes_of(list.of(in).value_or(std::vector<int64_t>()), x.dim());
    if (axes.empty() && nothing_by_default) return x;
    if (axes.empty())
      for (int64_t axis = 0; axis < x.dim(); ++axis) axes.push_back(axis);
    return function(x, axes, keep);
  });
}

template <bool largest>
OnnxKernel arg(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t given = node.integer("axis", 0);
  const bool keep = node.flag("keepdims", true), last = node.flag("select_last_index", false);
  return one_output([=](OnnxInputs in) {
    const int64_t axis = axis_of(given, in[0].dim());
    const at::Tensor x = last ? in[0].flip(axis) : in[0];
    const at::Tensor index = largest ? at::argmax(x, axis, keep) : at::argmin(x, axis, keep);
    return last ? x.size(axis) - 1 - index : index;
  });
}

OnnxKernel cumulative_sum(OnnxNodeReader& node) {
  node.arity(2, 2);
  const bool exclusive = node.flag("exclusive", false), reverse = node.flag("reverse", false);
  return one_output([=](OnnxInputs in) {
    const int64_t axis = axis_of(integer_of(in[1], "axis"), in[0].dim());
    const at::Tensor x = reverse ? in[0].flip(axis) : in[0];
    at::Tensor result = at::cumsum(x, axis, x.scalar_type());
    if (exclusive && x.size(axis) > 0) {
      const at::Tensor none = at::zeros_like(x.narrow(axis, 0, 1));
      result = at::cat({none, result.narrow(axis, 0, x.size(axis) - 1)}, axis);
    }
    return reverse ? result.flip(axis) : result;
  });
}

OnnxKernel top_k(OnnxNodeReader& node) {
  const bool by_input = node.opset >= 10;
  node.arity(by_input ? 2 : 1, by_input ? 2 : 1, 2);
  const int64_t given = node.integer("axis", -1), fixed = by_input ? 0 : node.integer("k");
  const bool largest = node.opset < 11 || node.flag("largest", true);
  if (node.opset >= 11) node.flag("sorted", true);  // Sorted is one of the orders that are allowed otherwise.
  return [=](OnnxInputs in) -> OnnxOutputs {
    const int64_t axis = axis_of(given, in[0].dim()), count = by_input ? integer_of(in[1], "K") : fixed;
    if (count < 0 || count > in[0].size(axis)) refuse("K is {}, axis {} has {}", count, axis, in[0].size(axis));
    // A stable sort, not topk: of equal values the first must win.
    const auto [values, indices] = at::sort(in[0], true, axis, largest);
    return {values.narrow(axis, 0, count), indices.narrow(axis, 0, count)};
  };
}

const OnnxRegistered reduce_entries{
    {"ArgMax", widened<arg<true>, 0>},
    {"ArgMin", widened<arg<false>, 0>},
    {"CumSum", widened<cumulative_sum>, 11},
    {"ReduceL1", widened<reduce<absolute_sum>>},
    {"ReduceL2", widened<reduce<as_reals<norm>>>},
    {"ReduceLogSum", widened<reduce<as_reals<log_sum>>>},
    {"ReduceLogSumExp", widened<reduce<as_reals<log_sum_exp>>>},
    {"ReduceMax", widened<reduce<largest>>},
    {"ReduceMean", widened<reduce<as_reals<mean>>>},
    {"ReduceMin", widened<reduce<smallest>>},
    {"ReduceProd", widened<reduce<multiplied>>},
    {"ReduceSum", widened<reduce<sum, 13>>},
    {"ReduceSumSquare", widened<reduce<square_sum>>},
    {"TopK", top_k},
};

}  // namespace
}  // namespace dlrun
