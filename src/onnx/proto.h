// The numbers of onnx.proto: fields of each message, and the types of elements and attributes.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace dlrun::onnx {

namespace model {
enum : uint32_t {
  ir_version = 1,
  producer_name = 2,
  producer_version = 3,
  graph = 7,
  opset_import = 8,
  metadata_props = 14,
  training_info = 20,
  functions = 25,
};
}
namespace opset {
enum : uint32_t { domain = 1, version = 2 };
}
namespace entry {
enum : uint32_t { key = 1, value = 2 };
}
namespace graph {
enum : uint32_t {
  node = 1,
  name = 2,
  initializer = 5,
  input = 11,
  output = 12,
  quantization_annotation = 14,
  sparse_initializer = 15,
};
}
namespace node {
enum : uint32_t { input = 1, output = 2, name = 3, op_type = 4, attribute = 5, domain = 7, overload = 8 };
}
namespace attribute {
enum : uint32_t {
  name = 1,
  f = 2,
  i = 3,
  s = 4,
  t = 5,
  g = 6,
  floats = 7,
  ints = 8,
  strings = 9,
  type = 20,
  ref_attr_name = 21,
};
// By AttributeProto.type; the model holds the first eight.
enum class Type : uint64_t { none = 0, f, i, s, t, g, floats, ints, strings };
constexpr std::string_view type_names[] = {
    "no type", "FLOAT",   "INT",    "STRING",        "TENSOR",         "GRAPH",      "FLOATS",     "INTS",
    "STRINGS", "TENSORS", "GRAPHS", "SPARSE_TENSOR", "SPARSE_TENSORS", "TYPE_PROTO", "TYPE_PROTOS"};
}  // namespace attribute
namespace tensor {
enum : uint32_t {
  dims = 1,
  data_type = 2,
  segment = 3,
  float_data = 4,
  int32_data = 5,
  string_data = 6,
  int64_data = 7,
  name = 8,
  raw_data = 9,
  double_data = 10,
  uint64_data = 11,
  external_data = 13,
  data_location = 14,
};
}
namespace value_info {
enum : uint32_t { name = 1, type = 2 };
}
namespace type {
enum : uint32_t { tensor = 1, sequence = 4, map = 5, sparse_tensor = 8, optional = 9 };
}
namespace tensor_type {
enum : uint32_t { elem_type = 1, shape = 2 };
}
namespace shape {
enum : uint32_t { dim = 1 };
}
namespace dimension {
enum : uint32_t { value = 1, param = 2 };
}

// An element type: its number in TensorProto.DataType, what ATen calls it, and the typed field that may hold its data.
struct ElementType {
  uint64_t number;
  std::string_view name;
  std::optional<at::ScalarType> type;  // none: ATen has none, or we refuse it
  uint32_t data;
};
inline constexpr uint64_t string_type = 8;
inline constexpr ElementType element_types[] = {
    {0, "UNDEFINED", {}, 0},
    {1, "FLOAT", at::kFloat, tensor::float_data},
    {2, "UINT8", at::kByte, tensor::int32_data},
    {3, "INT8", at::kChar, tensor::int32_data},
    {4, "UINT16", at::kUInt16, tensor::int32_data},
    {5, "INT16", at::kShort, tensor::int32_data},
    {6, "INT32", at::kInt, tensor::int32_data},
    {7, "INT64", at::kLong, tensor::int64_data},
    {8, "STRING", {}, tensor::string_data},
    {9, "BOOL", at::kBool, tensor::int32_data},
    {10, "FLOAT16", at::kHalf, tensor::int32_data},
    {11, "DOUBLE", at::kDouble, tensor::double_data},
    {12, "UINT32", at::kUInt32, tensor::uint64_data},
    {13, "UINT64", at::kUInt64, tensor::uint64_data},
    {14, "COMPLEX64", at::kComplexFloat, tensor::float_data},
    {15, "COMPLEX128", at::kComplexDouble, tensor::double_data},
    {16, "BFLOAT16", at::kBFloat16, tensor::int32_data},
    {17, "FLOAT8E4M3FN", at::kFloat8_e4m3fn, tensor::int32_data},
    {18, "FLOAT8E4M3FNUZ", at::kFloat8_e4m3fnuz, tensor::int32_data},
    {19, "FLOAT8E5M2", at::kFloat8_e5m2, tensor::int32_data},
    {20, "FLOAT8E5M2FNUZ", at::kFloat8_e5m2fnuz, tensor::int32_data},
    {21, "UINT4", {}, 0},
    {22, "INT4", {}, 0},
    {23, "FLOAT4E2M1", {}, 0},
    {24, "FLOAT8E8M0", at::kFloat8_e8m0fnu, tensor::int32_data},
};

// Null where there is none.
inline const ElementType* element_type(uint64_t number) {
  return number < std::size(element_types) ? &element_types[number] : nullptr;
}
inline const ElementType* element_type(at::ScalarType type) {
  for (const ElementType& each : element_types) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

}  // namespace dlrun::onnx
