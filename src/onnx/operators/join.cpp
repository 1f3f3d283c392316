// Joining values and cutting them: Concat, Split, Slice, Pad.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

OnnxKernel concat(OnnxNodeReader& node) {
  node.arity(1, 1 << 20);
  return one_output([axis = node.integer("axis")](OnnxInputs in) {
    expect_same_type(in);
    for (const at::Tensor& each : in) {
      if (each.dim() != in[0].dim()) refuse("its inputs have {} and {} dimensions", in[0].dim(), each.dim());
    }
    return at::cat(at::TensorList(in.data(), in.size()), axis_of(axis, in[0].dim()));
  });
}

OnnxKernel split_parts(OnnxNodeReader& node) {
  const OnnxList list = node.list("split", 1, 13);
  node.arity(1, list.by_input ? 2 : 1, 1 << 20);
  const int64_t given = node.integer("axis", 0);
  const auto parts = static_cast<int64_t>(node.outputs());
  const bool by_number = node.opset >= 18 && node.has("num_outputs");
  if (by_number && node.integer("num_outputs") != parts) refuse("attribute 'num_outputs' is not its {} outputs", parts);
  if (by_number && node.has_input(1)) refuse("it has both 'split' and 'num_outputs'");
  if (parts == 0) refuse("it has no outputs");
  return [=](OnnxInputs in) -> OnnxOutputs {
    const int64_t axis = axis_of(given, in[0].dim()), size = in[0].size(axis);
    std::vector<int64_t> sizes = list.of(in).value_or(std::vector<int64_t>());
    if (sizes.empty()) {
      if (!by_number && size % parts != 0) refuse("axis {} of {} does not split into {}", axis, size, parts);
      const int64_t each = (size + parts - 1) / parts;
      for (int64_t i = 0; i < parts; ++i) sizes.push_back(std::clamp<int64_t>(size - i * each, 0, each));
    }
    if (static_cast<int64_t>(sizes.size()) != parts)
      refuse("'split' has {} numbers for {} outputs", sizes.size(), parts);
    return at::split_with_sizes(in[0], sizes, axis);
  };
}

// The elements from `start` to before `end` in steps, with NumPy's meaning of numbers outside.
at::Tensor slice(const at::Tensor& x, int64_t axis, int64_t start, int64_t end, int64_t step) {
  const int64_t size = x.size(axis);
  if (step == 0) refuse("a step of 0");
  step = std::clamp(step, -size - 1, size + 1);
  auto place = [&](int64_t at) {
    if (at < 0) at += size;
    return step > 0 ? std::clamp<int64_t>(at, 0, size) : std::clamp<int64_t>(at, -1, size - 1);
  };
  start = place(start);
  end = place(end);
  if (step > 0) return x.slice(axis, start, std::max(start, end), step);
  const int64_t count = std::max<int64_t>((start - end - step - 1) / -step, 0);
  return x.index_select(axis, start + at::arange(count, at::kLong) * step);
}

OnnxKernel slices(OnnxNodeReader& node) {
  const OnnxList first = node.list("starts", 1, 10), last = node.list("ends", 2, 10), over = node.list("axes", 3, 10);
  node.arity(first.by_input ? 3 : 1, first.by_input ? 5 : 1);
  if (!first.by_input && (!first.fixed || !last.fixed)) refuse("attributes 'starts' and 'ends' are needed");
  return one_output([=](OnnxInputs in) {
    const std::vector<int64_t> starts = *first.of(in), ends = *last.of(in);
    std::vector<int64_t> axes, steps(starts.size(), 1);
    for (size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    axes = over.of(in).value_or(axes);
    if (in.size() > 4 && in[4].defined()) steps = integers_of(in[4], "steps");
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
      refuse("starts, ends, axes and steps have {}, {}, {} and {} numbers", starts.size(), ends.size(), axes.size(),
             steps.size());
    }
    axes = axes_of(axes, in[0].dim());
    at::Tensor result = in[0];
    for (size_t i = 0; i < axes.size(); ++i) result = slice(result, axes[i], starts[i], ends[i], steps[i]);
    return result;
  });
}

// Which element of an axis of `size` stands at position `at`, outside too.
int64_t mirrored(const std::string& mode, int64_t at, int64_t size) {
  if (mode == "edge") return std::clamp<int64_t>(at, 0, size - 1);
  const int64_t period = mode == "wrap" ? size : std::max<int64_t>(2 * (size - 1), 1);
  at = (at % period + period) % period;
  return at < size ? at : period - at;
}

at::Tensor pad_axis(const at::Tensor& x, const std::string& mode, int64_t axis, int64_t begin, int64_t end) {
  const int64_t size = x.size(axis), padded = size + begin + end;
  if (size == 0 || padded < 0) refuse("axis {} of {} cannot be padded by {} and {}", axis, size, begin, end);
  MemoryBound::expect(padded, 4 * sizeof(int64_t));  // The list grows by doubling, and is copied once.
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < padded; ++i) indices.push_back(mirrored(mode, i - begin, size));
  return x.index_select(axis, index_tensor(indices));
}

OnnxKernel pad(OnnxNodeReader& node) {
  const OnnxList list = node.list("pads", 1, 11);
  const bool by_axes = node.opset >= 18;
  node.arity(list.by_input ? 2 : 1, by_axes ? 4 : list.by_input ? 3 : 1);
  if (!list.by_input && !list.fixed) refuse("attribute 'pads' is missing");
  const double fixed_value = list.by_input ? 0 : node.real("value", 0);
  std::vector<std::string> modes = {"constant", "reflect", "edge"};
  if (node.opset >= 19) modes.push_back("wrap");
  const std::string mode = node.text("mode", "constant", modes);
  return one_output([=](OnnxInputs in) {
    const std::vector<int64_t> pads = *list.of(in);
    std::vector<int64_t> axes;
    for (int64_t axis = 0; axis < in[0].dim(); ++axis) axes.push_back(axis);
    if (in.size() > 3 && in[3].defined()) axes = axes_of(integers_of(in[3], "axes"), in[0].dim());
    if (pads.size() != 2 * axes.size()) refuse("pads has {} numbers for {} axes", pads.size(), axes.size());
    std::vector<int64_t> around(static_cast<size_t>(2 * in[0].dim()), 0);  // from the last axis, begin and end
    at::Tensor result = in[0];
    for (size_t i = 0; i < axes.size(); ++i) {
      const int64_t begin = pads[i], end = pads[i + axes.size()], most = int64_t{1} << 40;
      if (std::min(begin, end) < -most || std::max(begin, end) > most) refuse("a padding of {} and {}", begin, end);
      const auto last = static_cast<size_t>(2 * (in[0].dim() - 1 - axes[i]));
      around[last] = begin;
      around[last + 1] = end;
      if (mode != "constant" && (begin != 0 || end != 0)) result = pad_axis(result, mode, axes[i], begin, end);
    }
    if (mode != "constant") return result;
    const bool given = in.size() > 2 && in[2].defined() && in[2].numel() > 0;
    return at::constant_pad_nd(in[0], around, given ? in[2].item() : at::Scalar(fixed_value));
  });
}

const OnnxRegistered join_entries{{"Concat", concat}, {"Pad", pad}, {"Slice", slices}, {"Split", split_parts}};

}  // namespace
}  // namespace dlrun
