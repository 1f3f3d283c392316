// Protobuf messages by hand, also such as no writer would make.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dlrun::test {

inline std::string varint(uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
  return text + static_cast<char>(value);
}
inline std::string number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}
inline std::string bytes(int field, std::string_view value) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(value.size()) + std::string(value);
}

// The parts of a model, with what every valid one needs.
inline std::string onnx_node(std::string_view op, std::string_view input, std::string_view output,
                             std::string_view more = "") {
  return bytes(1, (input.empty() ? "" : bytes(1, input)) + bytes(2, output) + bytes(4, op) + std::string(more));
}
inline std::string onnx_tensor(std::string_view name, std::string_view more) {
  return bytes(5, bytes(8, name) + std::string(more));
}
inline std::string onnx_input(std::string_view name) { return bytes(11, bytes(1, name)); }
inline std::string onnx_output(std::string_view name) { return bytes(12, bytes(1, name)); }
inline std::string onnx_model(std::string_view graph, std::string_view more = "") {
  return number(1, 8) + bytes(7, graph) + bytes(8, bytes(1, "") + number(2, 17)) + std::string(more);
}

}  // namespace dlrun::test
