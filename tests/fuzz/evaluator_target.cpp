// ONNX models, run within small limits: whatever a model says, it runs or names the node that cannot.

#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "targets.h"

namespace dlrun::fuzz {
namespace {

// Ones, of the sizes that are given; 2 where any will do.
at::Tensor made_up(const OnnxValueInfo& info) {
  std::vector<int64_t> shape;
  int64_t elements = 1;
  for (const OnnxDimension& size : info.shape) {
    const auto* number = std::get_if<int64_t>(&size);
    shape.push_back(std::clamp<int64_t>(number ? *number : 2, 0, 64 / elements));
    elements *= std::max<int64_t>(shape.back(), 1);
  }
  const at::ScalarType type = info.type == at::ScalarType::Undefined ? at::kFloat : info.type;
  return at::ones(shape, at::kFloat).to(type);
}

}  // namespace

bool evaluator(Bytes bytes) {
  const FileBytes file = file_of(bytes);
  OnnxModel model;
  if (!only_bad_data([&] { model = read_onnx(file, "/no/such/folder/m.onnx"); })) return false;
  return only_bad_data([&] {
    std::map<std::string, at::Tensor> inputs;
    for (const OnnxValueInfo& info : model.graph.inputs) {
      const auto& given = model.graph.initializers;
      if (std::none_of(given.begin(), given.end(), [&](const OnnxTensor& each) { return each.name == info.name; }))
        inputs[info.name] = made_up(info);
    }
    const OnnxLimits limits{.memory = 4 << 20, .nodes = 2000, .operations = 3e7, .seconds = 1};
    for (const auto& [name, value] : OnnxEvaluator(model, limits).run(inputs)) {
      if (value.defined()) touch(value);
    }
  });
}

}  // namespace dlrun::fuzz
