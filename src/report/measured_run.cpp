// A run evaluated sample by sample.

#include "report/measured_run.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "eval/evaluate.h"

namespace dlrun {

std::vector<std::string> metrics_to_compare(const Recipe& recipe) {
  std::vector<std::string> names;
  for (size_t k = 0; k < recipe.metrics.size(); ++k)
    if (!recipe.metrics[k].names().empty() && recipe.metrics[k].can_be_redrawn())
      names.push_back(recipe.metrics[k].names().front());
  return names;
}

void measure(MeasuredRun& run, const std::string& split, const std::string& metric, bool shown) {
  const Experiment& experiment = *run.run.experiment;
  const ChoiceList<Metric>& metrics = run.run.recipe->metrics;
  run.split = split;
  for (size_t k = 0; k < metrics.size(); ++k)
    if (!metrics[k].names().empty() && metrics[k].names().front() == metric) run.metric = k;
  run.measures = std::make_unique<SampleMeasures>(metrics, std::vector<size_t>{run.metric});
  const std::unique_ptr<Loader> loader = experiment.loader(split);
  if (!loader) throw UserError(ExitCode::no_input, run.folder + ": its data have no split \"" + split + "\"");
  Progress progress(10.0, shown);
  Pace pace;
  EvaluateOptions options;
  options.progress = [&](int64_t done, int64_t total) {
    if (progress.due()) progress.show(pace.text("evaluating batches of " + run.label, done, total));
  };
  std::vector<at::Tensor> truth;
  options.measured = [&](const Outcome& outcome) {
    run.measures->add(outcome);
    truth.push_back(outcome.truth["target"].to(at::kCPU));
  };
  evaluate(experiment, *loader, options);
  progress.clear();
  if (run.measures->size() == 0 || static_cast<int64_t>(run.measures->ids().size()) != run.measures->size())
    throw UserError(ExitCode::usage, "dlrun compare: what task " + run.run.recipe->task.type +
                                         " measures are no samples of the data, so that there are no pairs to draw");
  for (const int64_t id : run.measures->ids()) run.names.push_back(experiment.samples(split)->describe(id));
  // Of sequences and pictures of several sizes the targets of two batches do not fit together, and are not compared.
  const bool alike = std::all_of(truth.begin(), truth.end(), [&](const at::Tensor& one) {
    return one.sizes().slice(1) == truth[0].sizes().slice(1);
  });
  if (alike) run.truth = at::cat(truth);
}

std::string target_text(const at::Tensor& target, const std::vector<std::string>& classes) {
  if (target.dim() == 0 && !classes.empty()) {
    const int64_t index = target.to(at::kLong).item<int64_t>();
    return index >= 0 && index < static_cast<int64_t>(classes.size()) ? classes[static_cast<size_t>(index)] : "";
  }
  constexpr int64_t few = 16;  // Numbers; a picture of classes is no answer that could be told in a line.
  if (target.numel() > few) return "";
  std::string text;
  const at::Tensor numbers = target.to(at::kDouble).flatten();
  for (int64_t i = 0; i < numbers.size(0); ++i) text += fmt::format("{:.5g} ", numbers[i].item<double>());
  return text;  // five digits: in its own units a number has been scaled and scaled back, by each run in its own way
}

std::string truth_of_sample(const MeasuredRun& run, int64_t place) {
  return run.truth.defined() ? target_text(run.truth[place], run.run.recipe->task->info().classes()) : "";
}

}  // namespace dlrun
