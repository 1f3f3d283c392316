// The evaluator: what goes in is checked against what the model declares, the rest is the program's.

#include "onnx/evaluator.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/text.h"
#include "onnx/check.h"
#include "onnx/operators/operator.h"
#include "onnx/program.h"
#include "onnx/text.h"

namespace dlrun {
namespace {

// `named` holds the sizes that dynamic dimensions have in this run.
void check_input(const OnnxValueInfo& info, const at::Tensor& value, std::map<std::string, int64_t>& named) {
  auto fail = [&](const std::string& what) {
    throw UserError(ExitCode::bad_data, fmt::format("input '{}': {}", info.name, what));
  };
  if (!value.device().is_cpu()) fail("it must be on the CPU");
  if (info.type != at::ScalarType::Undefined && value.scalar_type() != info.type) {
    fail(fmt::format("the model takes {}, it is {}", c10::toString(info.type), c10::toString(value.scalar_type())));
  }
  if (!info.has_shape) return;
  const std::string shape = fmt::format("[{}]", fmt::join(value.sizes(), ", "));
  bool fits = value.dim() == static_cast<int64_t>(info.shape.size());
  for (size_t i = 0; fits && i < info.shape.size(); ++i) {
    const int64_t size = value.size(static_cast<int64_t>(i));
    if (const auto* number = std::get_if<int64_t>(&info.shape[i])) {
      fits = *number == size;
    } else if (const auto& name = std::get<std::string>(info.shape[i]); !name.empty()) {
      const int64_t known = named.try_emplace(name, size).first->second;
      if (known != size) fail(fmt::format("its shape is {}, but '{}' is {} in another input", shape, name, known));
    }
  }
  if (!fits) fail(fmt::format("the model takes the shape {}, it is {}", shape_text(info), shape));
}

}  // namespace

OnnxEvaluator::OnnxEvaluator(OnnxModel model, const OnnxLimits& limits)
    : model_(std::make_shared<OnnxModel>(std::move(model))), limits_(limits) {
  const std::string problem = problem_of(*model_);
  if (!problem.empty()) throw UserError(ExitCode::bad_data, "not a valid ONNX model: " + problem);
  const auto opset = model_->opsets.find("");
  if (opset == model_->opsets.end() || opset->second < oldest_onnx_opset || opset->second > newest_onnx_opset) {
    throw UserError(ExitCode::bad_data,
                    fmt::format("the model is of opset {}; {} to {} can be run",
                                opset == model_->opsets.end() ? "no" : std::to_string(opset->second), oldest_onnx_opset,
                                newest_onnx_opset));
  }
  for (const OnnxValueInfo& input : model_->graph.inputs)
    if (input.text)
      throw UserError(ExitCode::bad_data, fmt::format("the model takes strings in '{}', and only onnxruntime computes "
                                                      "with strings (--engine onnxruntime)",
                                                      input.name));
  program_ = std::make_shared<OnnxProgram>(model_->graph, opset->second);
  if (program_->problems().empty()) return;
  throw UserError(ExitCode::bad_data,
                  "the model cannot be run (docs/onnx.md says what can):\n  " + join(program_->problems(), "\n  "));
}

std::map<std::string, at::Tensor> OnnxEvaluator::run(const std::map<std::string, at::Tensor>& inputs,
                                                     const OnnxWatcher& watcher) const {
  const at::NoGradGuard no_grad;
  const OnnxGraph& graph = model_->graph;
  std::set<std::string_view> names, defaults;
  for (const OnnxTensor& tensor : graph.initializers) defaults.insert(tensor.name);
  std::map<std::string, int64_t> named;
  OnnxOutputs values;
  for (const OnnxValueInfo& info : graph.inputs) {
    names.insert(info.name);
    const auto found = inputs.find(info.name);
    const bool given = found != inputs.end() && found->second.defined();
    if (given) check_input(info, found->second, named);
    values.push_back(given ? found->second : at::Tensor());
    if (!given && !defaults.contains(info.name)) {
      throw UserError(ExitCode::bad_data, fmt::format("input '{}': the model takes it, and it is missing", info.name));
    }
  }
  for (const auto& [name, value] : inputs) {
    if (names.contains(name)) continue;
    std::vector<std::string> known;
    for (const OnnxValueInfo& info : graph.inputs) known.push_back(info.name);
    throw UserError(ExitCode::bad_data,
                    fmt::format("input '{}': the model takes no such input, but {}", name, join(known, ", ")));
  }
  const OnnxBudget budget(limits_);
  const OnnxOutputs outputs = program_->run(std::move(values), {}, watcher);
  std::map<std::string, at::Tensor> result;
  for (size_t i = 0; i < outputs.size(); ++i) result[graph.outputs[i].name] = outputs[i];
  return result;
}

std::string onnx_operator_table() {
  std::string text = "| Operator | Opsets | Not supported |\n|---|---|---|\n";
  for (const auto& [name, each] : onnx_operators()) {
    text += fmt::format("| {} | {} to {} | {} |\n", name, each.since, each.until, each.limits);
  }
  return text;
}

}  // namespace dlrun
