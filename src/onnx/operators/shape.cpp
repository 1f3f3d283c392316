// The shapes of values: asking for them, and giving the same elements another one.

#include "onnx/operators/operator.h"

namespace dlrun {
namespace {

OnnxKernel reshape(OnnxNodeReader& node) {
  node.arity(2, 2);
  const bool zero_is_zero = node.opset >= 14 && node.flag("allowzero", false);
  return one_output([=](OnnxInputs in) {
    std::vector<int64_t> shape = integers_of(in[1], "shape");
    for (size_t i = 0; i < shape.size() && !zero_is_zero; ++i) {
      if (shape[i] != 0) continue;
      if (static_cast<int64_t>(i) >= in[0].dim()) refuse("shape has a 0 where its input has no dimension {}", i);
      shape[i] = in[0].size(static_cast<int64_t>(i));
    }
    return in[0].reshape(shape);
  });
}

OnnxKernel flatten(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([given = node.integer("axis", 1)](OnnxInputs in) {
    const int64_t rank = in[0].dim(), axis = given == rank ? rank : axis_of(given, rank);
    const auto sizes = in[0].sizes();
    const auto split = static_cast<size_t>(axis);
    return in[0].reshape({product(sizes.slice(0, split)), product(sizes.slice(split))});
  });
}

OnnxKernel squeeze(OnnxNodeReader& node) {
  const OnnxList list = node.list("axes", 1, 13);
  node.arity(1, list.by_input ? 2 : 1);
  return one_output([list](OnnxInputs in) {
    const auto given = list.of(in);
    if (!given) return in[0].squeeze();
    const std::vector<int64_t> axes = axes_of(*given, in[0].dim());
    for (const int64_t axis : axes) {
      if (in[0].size(axis) != 1) refuse("axis {} cannot go, its size is {}", axis, in[0].size(axis));
    }
    return in[0].squeeze(axes);
  });
}

OnnxKernel unsqueeze(OnnxNodeReader& node) {
  const OnnxList list = node.list("axes", 1, 13);
  node.arity(list.by_input ? 2 : 1, list.by_input ? 2 : 1);
  if (!list.by_input && !list.fixed) refuse("attribute 'axes' is missing");
  return one_output([list](OnnxInputs in) {
    const std::vector<int64_t> given = *list.of(in);
    std::vector<int64_t> axes = axes_of(given, in[0].dim() + static_cast<int64_t>(given.size()));
    std::sort(axes.begin(), axes.end());
    at::Tensor result = in[0];
    for (const int64_t axis : axes) result = result.unsqueeze(axis);
    return result;
  });
}

OnnxKernel transpose(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([order = node.integers("perm")](OnnxInputs in) {
    std::vector<int64_t> axes = order.value_or(std::vector<int64_t>());
    for (int64_t axis = in[0].dim(); !order && axis-- > 0;) axes.push_back(axis);
    return in[0].permute(axes);
  });
}

// In both directions: sizes of 1 in the given shape keep those of the input.
OnnxKernel expand(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    const std::vector<int64_t> wanted = integers_of(in[1], "shape");
    const auto given = in[0].sizes();
    const size_t rank = std::max(wanted.size(), given.size());
    std::vector<int64_t> shape(rank, 1);
    for (size_t i = 0; i < rank; ++i) {
      const int64_t a = i < given.size() ? given[given.size() - 1 - i] : 1;
      const int64_t b = i < wanted.size() ? wanted[wanted.size() - 1 - i] : 1;
      if (a != b && a != 1 && b != 1)
        refuse("[{}] cannot become [{}]", fmt::join(given, ", "), fmt::join(wanted, ", "));
      shape[rank - 1 - i] = a == 1 ? b : a;
    }
    return in[0].expand(shape);
  });
}

OnnxKernel tile(OnnxNodeReader& node) {
  node.arity(2, 2);
  return one_output([](OnnxInputs in) {
    const std::vector<int64_t> repeats = integers_of(in[1], "repeats");
    if (static_cast<int64_t>(repeats.size()) != in[0].dim()) {
      refuse("repeats has {} numbers, its input {} dimensions", repeats.size(), in[0].dim());
    }
    return in[0].repeat(repeats);
  });
}

OnnxKernel shape(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t start = node.opset >= 15 ? node.integer("start", 0) : 0;
  const bool has_end = node.has("end");
  const int64_t end = node.opset >= 15 ? node.integer("end", 0) : 0;
  return one_output([=](OnnxInputs in) {
    const int64_t rank = in[0].dim();
    auto place = [rank](int64_t axis) { return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank); };
    const int64_t first = place(start), last = has_end ? place(end) : rank;
    const auto sizes = in[0].sizes();
    if (first >= last) return index_tensor({});
    return index_tensor(sizes.slice(static_cast<size_t>(first), static_cast<size_t>(last - first)).vec());
  });
}

OnnxKernel size(OnnxNodeReader& node) {
  node.arity(1, 1);
  return one_output([](OnnxInputs in) { return at::scalar_tensor(in[0].numel(), at::kLong); });
}

// Small enough for its square to be a number.
int64_t block_of(OnnxNodeReader& node) {
  const int64_t block = node.integer("blocksize");
  if (block < 1 || block > 1 << 20) refuse("attribute 'blocksize' is {}", block);
  return block;
}

// [N, C, H, W] -> [N, C / b^2, H b, W b], or back.
OnnxKernel depth_to_space(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t block = block_of(node);
  const bool depth_first = node.text("mode", "DCR", {"DCR", "CRD"}) == "DCR";
  return one_output([=](OnnxInputs in) {
    if (in[0].dim() != 4) refuse("its input must have 4 dimensions, it has {}", in[0].dim());
    const int64_t n = in[0].size(0), c = in[0].size(1) / (block * block), h = in[0].size(2), w = in[0].size(3);
    const at::Tensor parts = depth_first ? in[0].reshape({n, block, block, c, h, w}).permute({0, 3, 4, 1, 5, 2})
                                         : in[0].reshape({n, c, block, block, h, w}).permute({0, 1, 4, 2, 5, 3});
    return parts.reshape({n, c, h * block, w * block});
  });
}

OnnxKernel space_to_depth(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t block = block_of(node);
  return one_output([=](OnnxInputs in) {
    if (in[0].dim() != 4) refuse("its input must have 4 dimensions, it has {}", in[0].dim());
    const int64_t n = in[0].size(0), c = in[0].size(1), h = in[0].size(2) / block, w = in[0].size(3) / block;
    const at::Tensor parts = in[0].reshape({n, c, h, block, w, block}).permute({0, 3, 5, 1, 2, 4});
    return parts.reshape({n, c * block * block, h, w});
  });
}

const OnnxRegistered shape_entries{
    {"DepthToSpace", depth_to_space},
    {"Expand", expand, 8},
    {"Flatten", flatten},
    {"Reshape", reshape},
    {"Shape", shape},
    {"Size", size},
    {"Squeeze", squeeze},
    {"SpaceToDepth", space_to_depth},
    {"Tile", tile},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
};

}  // namespace
}  // namespace dlrun
