// Values of a model as messages name them.

#include "onnx/text.h"

#include "base/text.h"

namespace dlrun {

std::string type_text(const OnnxValueInfo& info) {
  if (info.text) return "String";
  return info.type == at::ScalarType::Undefined ? "?" : c10::toString(info.type);
}

std::string shape_text(const OnnxValueInfo& info) {
  if (!info.has_shape) return "?";
  std::vector<std::string> sizes;
  for (const OnnxDimension& size : info.shape) {
    const auto* number = std::get_if<int64_t>(&size);
    const std::string name = number ? std::to_string(*number) : std::get<std::string>(size);
    sizes.push_back(name.empty() ? "?" : name);
  }
  return "[" + join(sizes, ", ") + "]";
}

}  // namespace dlrun
