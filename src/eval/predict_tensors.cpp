// predict for an ONNX file and tensors.

#include "eval/predict_tensors.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/terminal.h"
#include "experiment/onnx_run.h"
#include "onnx/file.h"
#include "run/safetensors.h"

namespace dlrun {
namespace {

using Values = std::map<std::string, at::Tensor>;

Values tensors_of(const std::vector<std::string>& files) {
  Values values;
  for (const std::string& file : files)
    for (const auto& [name, tensor] : read_safetensors(file).tensors)
      if (!values.emplace(name, tensor).second)
        throw UserError(ExitCode::bad_data, fmt::format("{}: the tensor \"{}\" is in another file too", file, name));
  return values;
}

// An only tensor goes to an only input, whatever they are called.
void name_after(const OnnxModel& model, Values& values) {
  std::vector<std::string> needed;
  for (const OnnxValueInfo& input : model.graph.inputs)
    if (std::none_of(model.graph.initializers.begin(), model.graph.initializers.end(),
                     [&](const OnnxTensor& tensor) { return tensor.name == input.name; }))
      needed.push_back(input.name);
  if (needed.size() != 1 || values.size() != 1 || values.contains(needed[0])) return;
  values[needed[0]] = values.begin()->second;
  for (auto each = values.begin(); each != values.end();)
    each = each->first == needed[0] ? next(each) : values.erase(each);
}

nlohmann::ordered_json record_of(const std::string& name, const at::Tensor& value) {
  nlohmann::ordered_json record = {{"event", "output"},
                                   {"version", 1},
                                   {"name", name},
                                   {"shape", value.sizes().vec()},
                                   {"dtype", std::string(c10::toString(value.scalar_type()))}};
  if (value.numel() > 0 && !value.is_complex()) {
    const at::Tensor numbers = value.to(at::kDouble);
    record["min"] = numbers.min().item<double>();
    record["max"] = numbers.max().item<double>();
  }
  return record;
}

}  // namespace

bool takes_tensors(const PredictOptions& options) {
  return is_onnx_file(options.run) && !options.inputs.empty() &&
         std::all_of(options.inputs.begin(), options.inputs.end(),
                     [](const std::string& path) { return path.ends_with(".safetensors"); });
}

int predict_tensors(const PredictOptions& options) {
  if (!options.recipe.empty() || !options.overrides.empty())
    throw UserError(ExitCode::usage, "--recipe and --set have no effect on tensors, which go to the model as they are");
  if (!options.output.empty() && !options.output.ends_with(".safetensors"))
    throw UserError(ExitCode::usage, "--output " + options.output + ": tensors are written to a .safetensors file");
  const OnnxModel model = read_onnx(options.run);
  Values values = tensors_of(options.inputs);
  name_after(model, values);
  const OnnxRunner run = onnx_runner(options.engine, options.run, model, at::get_num_threads());
  TensorList outputs;
  Values answers;
  try {
    answers = run(values);
  } catch (const UserError& error) {
    const std::string message = error.what();
    throw UserError(error.code(), message.starts_with(options.run) ? message : options.run + ": " + message);
  }
  for (const OnnxValueInfo& output : model.graph.outputs) outputs.emplace_back(output.name, answers.at(output.name));
  if (!options.output.empty()) save_safetensors(options.output, outputs);
  Table table({{"output"}, {"shape"}, {"type"}, {"min", Table::Align::right}, {"max", Table::Align::right}});
  for (const auto& [name, value] : outputs) {
    const nlohmann::ordered_json record = record_of(name, value);
    if (options.json) fmt::print("{}\n", record.dump());
    const auto number = [&](const char* key) {
      return record.contains(key) ? fmt::format("{:.6g}", record[key].get<double>()) : std::string();
    };
    table.row({name, fmt::format("[{}]", fmt::join(value.sizes(), ", ")), c10::toString(value.scalar_type()),
               number("min"), number("max")});
  }
  if (!options.json) fmt::print("{}", table.text(terminal(stdout).width));
  return 0;
}

}  // namespace dlrun
