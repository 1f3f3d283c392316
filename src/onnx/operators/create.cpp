// Values out of nothing, or nearly: constants, ranges, masks, other types.

#include "onnx/operators/operator.h"
#include "onnx/proto.h"

namespace dlrun {
namespace {

at::ScalarType type_of(int64_t number) {
  const onnx::ElementType* found = onnx::element_type(static_cast<uint64_t>(number));
  if (!found || !found->type) refuse("element type {} is not supported", found ? found->name : std::to_string(number));
  return *found->type;
}

OnnxKernel constant(OnnxNodeReader& node) {
  node.arity(0, 0);
  at::Tensor value = node.tensor("value");
  if (node.has("value_float")) value = at::scalar_tensor(node.real("value_float"), at::kFloat);
  if (node.has("value_int")) value = at::scalar_tensor(node.integer("value_int"), at::kLong);
  if (const auto list = node.reals("value_floats")) value = at::tensor(*list, at::kFloat);
  if (const auto list = node.integers("value_ints")) value = index_tensor(*list);
  if (!value.defined()) refuse("it holds no value");
  return one_output([value](OnnxInputs) { return value; });
}

// Of any size in no memory: every element is the same one.
OnnxKernel constant_of_shape(OnnxNodeReader& node) {
  node.arity(1, 1);
  at::Tensor value = node.tensor("value");
  if (!value.defined()) value = at::zeros({1}, at::kFloat);
  if (value.numel() != 1) refuse("attribute 'value' must hold one element, it holds {}", value.numel());
  return one_output([value = value.reshape({})](OnnxInputs in) {
    const std::vector<int64_t> shape = integers_of(in[0], "shape");
    for (const int64_t size : shape) {
      if (size < 0) refuse("a shape with {}", size);
    }
    return value.expand(shape);
  });
}

OnnxKernel range(OnnxNodeReader& node) {
  node.arity(3, 3);
  return one_output([](OnnxInputs in) {
    expect_same_type(in);
    for (const at::Tensor& each : in) {
      if (each.numel() != 1) refuse("start, limit and delta must be one number each");
    }
    const auto type = in[0].scalar_type();
    const double start = in[0].to(at::kDouble).item<double>(), limit = in[1].to(at::kDouble).item<double>(),
                 delta = in[2].to(at::kDouble).item<double>();
    if (delta == 0) refuse("a delta of 0");
    if ((limit - start) / delta <= 0) return at::empty({0}, in[0].options());
    if (!((limit - start) / delta < 1e15)) refuse("from {} to {} by {} is no range", start, limit, delta);
    if (at::isFloatingType(type)) {
      const auto count = static_cast<int64_t>(std::ceil((limit - start) / delta));
      return (start + at::arange(count, at::kDouble) * delta).to(type);
    }
    return at::arange(in[0].item(), in[1].item(), in[2].item(), in[0].options());
  });
}

OnnxKernel eye_like(OnnxNodeReader& node) {
  node.arity(1, 1);
  const int64_t diagonal = node.integer("k", 0);
  std::optional<at::ScalarType> type;
  if (node.has("dtype")) type = type_of(node.integer("dtype"));
  return one_output([=](OnnxInputs in) {
    if (in[0].dim() != 2) refuse("its input must have 2 dimensions, it has {}", in[0].dim());
    const int64_t wide = std::max(in[0].size(0), in[0].size(1)), k = std::clamp(diagonal, -wide - 1, wide + 1);
    return at::ones(in[0].sizes(), at::kByte).triu(k).tril(k).to(type.value_or(in[0].scalar_type()));
  });
}

// indices [...], values [off, on] -> [..., depth at axis, ...]
OnnxKernel one_hot(OnnxNodeReader& node) {
  node.arity(3, 3);
  return one_output([given = node.integer("axis", -1)](OnnxInputs in) {
    const int64_t axis = axis_of(given, in[0].dim() + 1);
    const auto depth = in[1].numel() == 1 ? in[1].to(at::kLong).item<int64_t>() : 0;
    if (depth < 1 || in[2].dim() != 1 || in[2].size(0) != 2) refuse("depth must be one number, values must be two");
    const at::Tensor wide = in[0].to(at::kLong).unsqueeze(axis);
    std::vector<int64_t> shape(static_cast<size_t>(in[0].dim() + 1), 1);
    shape[static_cast<size_t>(axis)] = depth;
    const at::Tensor classes = at::arange(depth, at::kLong).reshape(shape);
    return at::where(at::where(wide.lt(0), wide + depth, wide).eq(classes), in[2][1], in[2][0]);
  });
}

OnnxKernel triangle(OnnxNodeReader& node) {
  node.arity(1, 2);
  const bool upper = node.flag("upper", true);
  return one_output([upper](OnnxInputs in) {
    const bool given = in.size() > 1 && in[1].defined();
    const int64_t wide = std::max<int64_t>(in[0].dim() > 0 ? in[0].size(-1) : 0, in[0].dim() > 1 ? in[0].size(-2) : 0);
    const int64_t diagonal = std::clamp(given ? integer_of(in[1], "k") : 0, -wide - 1, wide + 1);
    return upper ? in[0].triu(diagonal) : in[0].tril(diagonal);
  });
}

// The largest finite number of the small types; 0 for others.
double saturation(at::ScalarType type) {
  if (type == at::kFloat8_e4m3fn) return 448;
  if (type == at::kFloat8_e4m3fnuz) return 240;
  return type == at::kFloat8_e5m2 || type == at::kFloat8_e5m2fnuz ? 57344 : 0;
}

at::Tensor cast_to(const at::Tensor& x, at::ScalarType type, bool saturate) {
  const double most = saturation(type);
  if (saturate && most > 0) return x.to(at::kDouble).clamp(-most, most).to(type);
  return x.to(type);
}

OnnxKernel cast(OnnxNodeReader& node) {
  node.arity(1, 1);
  const at::ScalarType type = type_of(node.integer("to"));
  const bool saturate = node.opset < 19 || node.flag("saturate", true);
  return one_output([=](OnnxInputs in) { return cast_to(in[0], type, saturate); });
}

OnnxKernel cast_like(OnnxNodeReader& node) {
  node.arity(2, 2);
  const bool saturate = node.opset < 19 || node.flag("saturate", true);
  return one_output([=](OnnxInputs in) { return cast_to(in[0], in[1].scalar_type(), saturate); });
}

OnnxKernel dropout(OnnxNodeReader& node) {
  const bool by_input = node.opset >= 12;
  node.arity(1, by_input ? 3 : 1, 2);
  if (by_input)
    node.integer("seed", 0);
  else
    node.real("ratio", 0.5);
  // What the mask says of nothing that is dropped was settled with opset 12; before it, as onnxruntime has it.
  const bool wants_mask = node.wants(1), typed_mask = node.opset < 10;
  return [=](OnnxInputs in) -> OnnxOutputs {
    if (in.size() > 2 && in[2].defined() && in[2].item().toBool()) refuse("training_mode is not supported");
    if (!wants_mask) return {in[0]};
    if (by_input) return {in[0], at::ones_like(in[0], at::kBool)};
    return {in[0], at::zeros_like(in[0], typed_mask ? in[0].scalar_type() : at::kBool)};
  };
}

const OnnxRegistered create_entries{
    {"Cast", cast, 7, "strings"},
    {"CastLike", cast_like, 15, "strings"},
    {"Constant", constant, 7, "strings, sparse tensors"},
    {"ConstantOfShape", constant_of_shape, 9},
    {"Dropout", dropout, 7, "training_mode"},
    {"EyeLike", eye_like, 9},
    {"OneHot", widened<one_hot, 1, 2>, 9},
    {"Range", range, 11},
    {"Trilu", widened<triangle>, 14},
};

}  // namespace
}  // namespace dlrun
