// How long an exported network takes to answer: itself, the file in dlrun's evaluator, the file in onnxruntime.
//
// usage: onnx_speed RUN MODEL.onnx [ROUNDS]
// One JSON line for each of the batch sizes 1 and 7: median milliseconds over rounds in which the three take turns, one
// thread, and the largest difference of an output from the network's. onnxruntime is found as by `dlrun export`.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "experiment/restored.h"
#include "export/onnx_subject.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "onnx/runtime.h"
#include "tensor/precompiled.h"

namespace dlrun {
namespace {

using Values = std::map<std::string, at::Tensor>;

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double difference(const Batch& expected, const Values& actual) {
  double largest = 0;
  for (const auto& [name, value] : expected.tensors())
    largest = std::max(largest, (value - actual.at(name)).abs().max().item<double>());
  return largest;
}

void measure(const OnnxSubject& subject, const Experiment& experiment, const OnnxEvaluator& evaluator,
             const OnnxRuntimeSession* witness, int64_t count, int rounds) {
  std::vector<int64_t> sizes;
  for (const DynamicSize& dimension : subject.dimensions)
    sizes.push_back(dimension.name == "batch"      ? count
                    : dimension.name == "sequence" ? dimension.recorded[0]
                                                   : 100 * count * (dimension.name == "edges" ? 4 : 1));
  const Batch batch = subject.make(sizes);
  const Batch placed = experiment.place(batch);
  Values inputs;
  for (const OnnxValueInfo& input : evaluator.model().graph.inputs) inputs[input.name] = batch[input.name];
  const Batch expected = subject.forward(placed);
  nlohmann::ordered_json record = {{"batch", count}};
  record["difference"] = difference(expected, evaluator.run(inputs));
  if (witness) record["onnxruntime_difference"] = difference(expected, witness->run(inputs));
  const std::pair<const char*, std::function<void()>> works[] = {
      {"network_ms", [&] { subject.forward(placed); }},
      {"evaluator_ms", [&] { evaluator.run(inputs); }},
      {"onnxruntime_ms", [&] { witness->run(inputs); }},
  };
  std::map<std::string, std::vector<double>> times;
  for (int round = 0; round < rounds + 3; ++round)
    for (const auto& [name, work] : works) {
      if (!witness && std::string(name) == "onnxruntime_ms") continue;
      work();  // The other two have filled the caches with theirs.
      const double time = milliseconds(work);
      if (round >= 3) times[name].push_back(time);
    }
  for (const auto& [name, work] : works)
    if (times.contains(name)) record[name] = median(times[name]);
  fmt::print("{}\n", record.dump());
}

int run(const std::string& folder, const std::string& file, int rounds) {
  const c10::NoGradGuard no_gradients;
  at::set_num_threads(1);
  const Restored restored = restore({.run = folder, .overrides = {"hardware.threads=1"}, .data = false});
  const Experiment& experiment = *restored.experiment;
  experiment.network->set_training(false);
  const bool judges = file.ends_with("discriminator.onnx");
  const OnnxSubject subject = judges ? onnx_discriminator(experiment) : onnx_subject(experiment);
  const OnnxEvaluator evaluator(read_onnx(file));
  std::unique_ptr<OnnxRuntimeSession> witness;
  if (const auto runtime = OnnxRuntime::find()) witness = std::make_unique<OnnxRuntimeSession>(runtime, file, 1);
  for (const int64_t count : {1, 7}) measure(subject, experiment, evaluator, witness.get(), count, rounds);
  return 0;
}

}  // namespace
}  // namespace dlrun

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: onnx_speed RUN MODEL.onnx [ROUNDS]\n", stderr);
    return 2;
  }
  try {
    return dlrun::run(argv[1], argv[2], argc > 3 ? std::atoi(argv[3]) : 20);
  } catch (const dlrun::UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
