// Helpers for tests of ONNX export: a network as a model, and the model's answers beside the network's.

#pragma once

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "export/onnx_build.h"
#include "export/onnx_subject.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "support.h"

namespace dlrun::test {

// Written to a file and read back: what other programs get.
inline OnnxModel through_file(const OnnxModel& model, const std::string& name) {
  const TempDir temp;
  write_onnx(model, temp / (name + ".onnx"));
  return read_onnx(temp / (name + ".onnx"));
}

// Where DLRUN_ONNX_DUMP names a folder, models go there with inputs and answers, for other programs to check.
inline void dump(const OnnxModel& model, const std::string& name, const Batch& inputs, const Batch& outputs) {
  const char* folder = std::getenv("DLRUN_ONNX_DUMP");
  if (!folder) return;
  const std::string stem = std::string(folder) + "/" + name;
  write_onnx(model, stem + ".onnx");
  nlohmann::json values;
  const auto add = [&](const char* side, const std::string& key, const at::Tensor& value) {
    const at::Tensor flat = value.detach().to(at::kDouble).contiguous().view({-1});
    std::vector<nlohmann::json> numbers;
    for (int64_t i = 0; i < flat.numel(); ++i) {
      const double number = flat[i].item<double>();
      numbers.push_back(std::isfinite(number) ? nlohmann::json(number) : nlohmann::json(std::to_string(number)));
    }
    values[side][key] = {
        {"shape", value.sizes().vec()}, {"type", c10::toString(value.scalar_type())}, {"values", numbers}};
  };
  for (const OnnxValueInfo& input : model.graph.inputs) add("inputs", input.name, inputs[input.name]);
  for (const auto& [key, value] : outputs.tensors()) add("outputs", key, value);
  std::ofstream(stem + ".json") << values.dump();
}

// The largest difference between the model and the network on made-up inputs of these sizes, as a share of the largest
// number of the output, or of 1. Types and shapes must be equal.
inline double model_difference(const OnnxEvaluator& evaluator, const OnnxSubject& subject,
                               const std::vector<int64_t>& sizes, const std::string& dump_as = "") {
  const c10::NoGradGuard no_gradients;
  const Batch batch = subject.make(sizes);
  const Batch expected = subject.forward(batch);
  std::map<std::string, at::Tensor> inputs;
  for (const OnnxValueInfo& input : evaluator.model().graph.inputs) inputs[input.name] = batch[input.name];
  if (!dump_as.empty()) dump(evaluator.model(), dump_as, batch, expected);
  const auto actual = evaluator.run(inputs);
  double largest = 0.0;
  for (const auto& [name, value] : expected.tensors()) {
    INFO(name);
    REQUIRE(actual.contains(name));
    CHECK(actual.at(name).sizes() == value.sizes());
    CHECK(actual.at(name).scalar_type() == value.scalar_type());
    if (value.numel() == 0) continue;
    const at::Tensor a = value.to(at::kDouble), b = actual.at(name).to(at::kDouble);
    const at::Tensor gap = at::where(a.eq(b).logical_or(a.isnan().logical_and(b.isnan())), 0.0, (a - b).abs());
    const at::Tensor size = at::where(a.isfinite(), a.abs(), 0.0);
    largest = std::max(largest, gap.max().item<double>() / std::max(1.0, size.max().item<double>()));
  }
  return largest;
}

}  // namespace dlrun::test
