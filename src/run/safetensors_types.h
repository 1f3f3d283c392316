// The element types of safetensors files, in the order by which the reference implementation sorts them.

#pragma once

#include <ATen/ATen.h>

#include <string_view>

namespace dlrun {

struct SafetensorsType {
  std::string_view name;
  at::ScalarType type;
  std::string_view word;  // as PyTorch calls it: torch.float32
};

inline constexpr SafetensorsType safetensors_types[] = {
    {"BOOL", at::kBool, "bool"},
    {"U8", at::kByte, "uint8"},
    {"I8", at::kChar, "int8"},
    {"F8_E5M2", at::kFloat8_e5m2, "float8_e5m2"},
    {"F8_E4M3", at::kFloat8_e4m3fn, "float8_e4m3fn"},
    {"F8_E8M0", at::kFloat8_e8m0fnu, "float8_e8m0fnu"},
    {"F8_E4M3FNUZ", at::kFloat8_e4m3fnuz, "float8_e4m3fnuz"},
    {"F8_E5M2FNUZ", at::kFloat8_e5m2fnuz, "float8_e5m2fnuz"},
    {"I16", at::kShort, "int16"},
    {"U16", at::kUInt16, "uint16"},
    {"F16", at::kHalf, "float16"},
    {"BF16", at::kBFloat16, "bfloat16"},
    {"I32", at::kInt, "int32"},
    {"U32", at::kUInt32, "uint32"},
    {"F32", at::kFloat, "float32"},
    {"C64", at::kComplexFloat, "complex64"},
    {"F64", at::kDouble, "float64"},
    {"I64", at::kLong, "int64"},
    {"U64", at::kUInt64, "uint64"},
};

}  // namespace dlrun
