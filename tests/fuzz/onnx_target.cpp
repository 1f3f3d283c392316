// Fuzzes the reader of ONNX files: any bytes are a model or a UserError, in bounded memory.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "onnx/file.h"

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

uint64_t touch(const at::Tensor& tensor) {
  const auto* bytes = static_cast<const unsigned char*>(tensor.nbytes() == 0 ? nullptr : tensor.const_data_ptr());
  uint64_t sum = 0;
  for (size_t i = 0; i < tensor.nbytes(); ++i) sum += bytes[i];
  return sum;
}

// Reads every byte of every tensor, so that one that reaches outside its file is found.
uint64_t touch(const dlrun::OnnxGraph& graph) {
  uint64_t sum = 0;
  for (const dlrun::OnnxTensor& tensor : graph.initializers) sum += touch(tensor.value);
  for (const dlrun::OnnxNode& node : graph.nodes) {
    for (const auto& [name, value] : node.attributes) {
      if (const auto* tensor = std::get_if<at::Tensor>(&value)) sum += touch(*tensor);
      if (const auto* inner = std::get_if<std::shared_ptr<dlrun::OnnxGraph>>(&value)) sum += touch(**inner);
    }
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::shared_ptr<std::byte[]> copy(new std::byte[size]);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, copy.get());
  const dlrun::FileBytes file{std::shared_ptr<void>(copy, copy.get()), {copy.get(), size}};
  try {
    static volatile uint64_t kept = 0;
    kept = kept + touch(dlrun::read_onnx(file, folder() + "/m.onnx").graph);
  } catch (const dlrun::UserError& error) {
    const bool expected = error.code() == dlrun::ExitCode::bad_data || error.code() == dlrun::ExitCode::no_input;
    if (!expected) std::abort();
  }
  return 0;
}
