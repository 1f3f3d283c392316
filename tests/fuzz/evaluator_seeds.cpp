// Writes the models of tests/golden/onnx_operators.onnx as seeds of the evaluator's fuzzer, one file each, their inputs
// as initializers, where mutations reach them. usage: evaluator_seeds GOLDEN FOLDER

#include <cstdio>
#include <map>

#include "onnx/file.h"

int main(int argc, char** argv) {
  using namespace dlrun;
  if (argc != 3) return 2;
  std::map<std::string, OnnxModel> models;
  const OnnxModel golden = read_onnx(argv[1]);
  for (const OnnxTensor& tensor : golden.graph.initializers) {
    if (tensor.name.find_first_of("<>") != std::string::npos) continue;
    const std::span<std::byte> bytes(static_cast<std::byte*>(tensor.value.data_ptr()), tensor.value.nbytes());
    models[tensor.name] = read_onnx(FileBytes{nullptr, bytes}, tensor.name);
  }
  for (const OnnxTensor& tensor : golden.graph.initializers) {
    const size_t at = tensor.name.find('<');
    if (at == std::string::npos) continue;
    models.at(tensor.name.substr(0, at)).graph.initializers.push_back({tensor.name.substr(at + 1), tensor.value});
  }
  int number = 0;
  for (const auto& [name, model] : models) write_onnx(model, std::string(argv[2]) + "/" + std::to_string(number++));
  std::printf("%d seeds\n", number);
}
