// ONNX files: any bytes are a model or a UserError, in bounded memory.

#include <filesystem>
#include <fstream>

#include "onnx/file.h"
#include "targets.h"

namespace dlrun::fuzz {
namespace {

// A folder whose file "w" external data may name.
const std::string& folder() {
  static const std::string path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "dlrun-onnx-fuzz").string();
    std::filesystem::create_directories(name);
    std::ofstream(name + "/w", std::ios::binary) << std::string(256, '\0');
    return name;
  }();
  return path;
}

void touch_graph(const OnnxGraph& graph) {
  for (const OnnxTensor& tensor : graph.initializers) touch(tensor.value);
  for (const OnnxNode& node : graph.nodes) {
    for (const auto& [name, value] : node.attributes) {
      if (const auto* tensor = std::get_if<at::Tensor>(&value)) touch(*tensor);
      if (const auto* inner = std::get_if<std::shared_ptr<OnnxGraph>>(&value)) touch_graph(**inner);
    }
  }
}

}  // namespace

bool onnx(Bytes bytes) {
  const FileBytes file = file_of(bytes);
  return only_bad_data([&] {
    try {
      touch_graph(read_onnx(file, folder() + "/m.onnx").graph);
    } catch (const UserError& error) {
      if (error.code() != ExitCode::no_input) throw;  // External data in a file that is not there.
    }
  });
}

}  // namespace dlrun::fuzz
