// Whether an exported file answers as the trained network does.

#include "export/onnx_parity.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/long_work.h"
#include "eval/evaluate.h"
#include "tasks/features.h"

namespace dlrun {
namespace {

using Values = std::map<std::string, at::Tensor>;

class Comparison {
 public:
  explicit Comparison(const ParityRequest& request) : request_(request) {}

  // What the graph answers to a batch, after comparing it with what the network answers.
  Batch both(const Batch& batch) {
    const Batch expected = request_.subject.forward(request_.experiment.place(batch));
    const Values inputs = inputs_of(batch);
    const Values actual = request_.evaluator.run(inputs);
    Batch answer;
    for (const auto& [name, value] : expected.tensors()) {
      const at::Tensor& theirs = actual.at(name);
      const OutputDifference gap = output_difference(value, theirs, request_.tolerance);
      report.absolute = std::max(report.absolute, gap.absolute);
      report.relative = std::max(report.relative, gap.relative);
      if (!gap.within) fail(name, gap, first_operator(batch, inputs));
      answer.set(name, theirs);
    }
    if (request_.witness) ask_witness(expected, inputs);
    answer.count = batch.count;
    return answer;
  }

  ParityReport report;

 private:
  Values inputs_of(const Batch& batch) const {
    Values inputs;
    for (const OnnxValueInfo& input : request_.evaluator.model().graph.inputs)
      inputs[input.name] = batch[input.name].cpu().contiguous();
    if (request_.preprocessing) inputs["input"] = batch["raw"].contiguous();
    return inputs;
  }

  void ask_witness(const Batch& expected, const Values& inputs) {
    const Values answers = request_.witness->run(inputs);
    for (const auto& [name, value] : expected.tensors()) {
      const OutputDifference gap = output_difference(value, answers.at(name), request_.tolerance);
      report.witness_absolute = std::max(report.witness_absolute, gap.absolute);
      report.witness_relative = std::max(report.witness_relative, gap.relative);
      if (!gap.within)
        fail(name, gap,
             "So says onnxruntime " + request_.witness->runtime().version() +
                 "; dlrun's own evaluator agrees with the network");
    }
  }

  [[noreturn]] void fail(const std::string& output, const OutputDifference& gap, const std::string& where) const {
    throw UserError(ExitCode::bug,
                    fmt::format("export: the ONNX model does not answer as the trained network does: \"{}\" differs by "
                                "{:.3g} ({:.3g} of its largest number), and export.tolerance is {:g}. {}. Nothing was "
                                "written",
                                output, gap.absolute, gap.relative, request_.tolerance, where));
  }

  // The network runs once more with every intermediate result kept, and the graph with an eye on every node.
  std::string first_operator(const Batch& batch, const Values& inputs) const {
    const Trace trace = record(
        {batch.tensors(), request_.subject.state, [&] { return request_.subject.forward(batch).tensors(); }, true});
    if (!same_steps(trace, request_.build.trace))
      return "On these samples the network runs other operators than those that were exported";
    std::map<std::string, at::Tensor> expected;
    std::map<std::string, std::string> places;
    for (const TraceStep& step : trace.steps)
      for (const std::vector<int>& values : step.outputs)
        for (const int value : values) {
          if (value < 0 || !trace.values[value].tensor.defined()) continue;
          expected.emplace(request_.build.names[value], trace.values[value].tensor);
          places.emplace(request_.build.names[value], place_of(step.call));
        }
    std::string found;
    request_.evaluator.run(inputs, [&](const OnnxNode& node, const std::vector<at::Tensor>& outputs) {
      for (size_t i = 0; i < outputs.size() && found.empty(); ++i) {
        const auto wanted = expected.find(node.outputs[i]);
        if (wanted == expected.end() || output_difference(wanted->second, outputs[i], request_.tolerance).within)
          continue;
        found = "The first operator that differs is " + places.at(node.outputs[i]) + ", node " + node.name;
      }
    });
    return found.empty() ? "No single operator differs as much" : found;
  }

  const ParityRequest& request_;
};

// Stands in for the network: tasks and metrics see what the graph answers.
class ExportedNetwork final : public Network {
 public:
  explicit ExportedNetwork(Comparison& comparison) : comparison_(comparison) {}

 private:
  Batch compute(const Batch& batch) override { return comparison_.both(batch); }

  Comparison& comparison_;
};

// With the samples as the data have them beside those that the network takes, where the file takes the former.
Experiment with_raw(const ParityRequest& request) {
  Experiment experiment = request.experiment;
  experiment.keep_raw = request.preprocessing.has_value();
  return experiment;
}

void check_metrics(const ParityRequest& request, Comparison& comparison) {
  const Experiment experiment = with_raw(request);
  const std::unique_ptr<Loader> loader =
      experiment.plain_loader(request.split, *experiment.recipe.trainer.eval_batch_size);
  EvaluateOptions options;
  const int64_t size = std::min(*experiment.recipe.trainer.eval_batch_size, experiment.samples(request.split)->size());
  options.limit_batches = (request.samples + size - 1) / size;
  LongWork comparing("comparing batches", 2 * std::min(options.limit_batches, loader->batches()));
  options.progress = [&](int64_t, int64_t) { comparing.done(); };
  const Results trained = evaluate(experiment, *loader, options);
  experiment.network->set_training(false);
  Experiment exported = experiment;
  exported.use(std::make_shared<ExportedNetwork>(comparison));
  const Results results = evaluate(exported, *loader, options);
  for (size_t i = 0; i < results.size(); ++i)
    comparison.report.metrics.push_back(
        {request.split + "/" + results[i].first, trained.at(i).second, results[i].second});
  comparison.report.samples =
      std::min(experiment.samples(request.split)->size(), size * std::min(options.limit_batches, loader->batches()));
}

void check_samples(const ParityRequest& request, int64_t batch_size, int64_t limit, Comparison& comparison) {
  const std::unique_ptr<Loader> loader = with_raw(request).plain_loader(request.split, batch_size);
  loader->seek(0);
  int64_t done = 0;
  while (done < limit) {
    const std::optional<Batch> batch = loader->next();
    if (!batch) break;
    comparison.both(*batch);
    done += (*batch)["input"].size(0);
  }
  comparison.report.samples = std::max(comparison.report.samples, done);
}

}  // namespace

OutputDifference output_difference(const at::Tensor& expected, const at::Tensor& actual, double tolerance) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (expected.sizes() != actual.sizes()) return {infinite, infinite, false};
  if (expected.numel() == 0) return {};
  const at::Tensor a = expected.detach().to(at::kCPU, at::kDouble), b = actual.to(at::kDouble);
  const at::Tensor gap = at::where(a.eq(b).logical_or(a.isnan().logical_and(b.isnan())), 0.0, (a - b).abs());
  const double largest = at::where(a.isfinite(), a.abs(), 0.0).max().item<double>();
  double absolute = gap.max().item<double>();
  if (std::isnan(absolute)) absolute = infinite;
  return {absolute, largest > 0 ? absolute / largest : absolute, absolute <= tolerance * std::max(1.0, largest)};
}

void ParityReport::join(const ParityReport& other) {
  absolute = std::max(absolute, other.absolute);
  relative = std::max(relative, other.relative);
  witness_absolute = std::max(witness_absolute, other.witness_absolute);
  witness_relative = std::max(witness_relative, other.witness_relative);
}

ParityReport check_parity(const ParityRequest& request) {
  const c10::NoGradGuard no_gradients;
  Comparison comparison(request);
  const Experiment& experiment = request.experiment;
  const bool training = experiment.network->training();
  experiment.network->set_training(false);
  if (!request.preprocessing)
    for (const int64_t size : {1, 7, 3}) {
      std::vector<int64_t> sizes;
      for (const DynamicSize& dimension : request.subject.dimensions)
        sizes.push_back(dimension.name == "batch" ? size : std::min(dimension.recorded[0], size * 5 - 4));
      comparison.both(request.subject.make(sizes));
    }
  if (request.subject.takes_samples) {
    check_samples(request, 1, 1, comparison);
    check_samples(request, 7, 7, comparison);
    if (experiment.recipe.task->evaluates() && !dynamic_cast<const AnswersWithFeatures*>(&*experiment.recipe.task))
      check_metrics(request, comparison);
    else
      check_samples(request, 64, request.samples, comparison);
  }
  experiment.network->set_training(training);
  return comparison.report;
}

}  // namespace dlrun
