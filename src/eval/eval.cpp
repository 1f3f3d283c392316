// The verb eval: run folder or ONNX file -> metrics of a split.

#include "eval/eval.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "eval/evaluate.h"
#include "experiment/restored.h"
#include "spec/write.h"

int dlrun_eval(const dlrun::EvalOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  const Restored run =
      restore({options.run, options.checkpoint, options.overrides, {}, true, options.recipe, options.engine});
  const Experiment& experiment = *run.experiment;
  if (!run.recipe->task->evaluates())
    throw UserError(ExitCode::usage, "task " + run.recipe->task.type + " has no metrics on held-out data; see predict");
  const std::string split = options.split.empty() ? experiment.held_out() : options.split;
  const std::unique_ptr<Loader> loader = experiment.loader(split);
  if (!loader)
    throw UserError(ExitCode::no_input,
                    "the data have no split \"" + split + "\" (data of the recipe of " + options.run + ")");
  if (options.split.empty() && split == "train")
    log_warning("the data have no validation and no test split: these are the samples the network was trained on");
  Progress progress(10.0, options.progress && options.verbosity >= 0);
  EvaluateOptions evaluate_options;
  evaluate_options.progress = [&](int64_t done, int64_t total) {
    if (progress.due()) progress.show(fmt::format("evaluating {}/{}", done, total));
  };
  int64_t ignored = 0;
  evaluate_options.ignored = [&](int64_t targets) { ignored = targets; };
  const Results results = evaluate(experiment, *loader, evaluate_options);
  progress.clear();

  if (options.json) {
    nlohmann::ordered_json record = {{"event", "eval"},
                                     {"version", 1},
                                     {"run", options.run},
                                     {"split", split},
                                     {"samples", experiment.samples(split)->size()}};
    if (ignored > 0) record["ignored"] = ignored;
    if (run.checkpoint.step >= 0)
      record.update(
          {{"step", run.checkpoint.step}, {"checkpoint", run.word}, {"recipe_hash", run.checkpoint.recipe_hash}});
    record["seed"] = run.recipe->seed;
    for (const auto& [name, value] : results) record[split + "/" + name] = value;
    fmt::print("{}\n", record.dump());
    return 0;
  }
  Table table(
      {{"split"}, {"samples", Table::Align::right}, {"checkpoint"}, {"metric"}, {"value", Table::Align::right}});
  for (const auto& [name, value] : results)
    table.row(
        {split, std::to_string(experiment.samples(split)->size()), run.origin, name, fmt::format("{:.6g}", value)});
  fmt::print("{}\n", table.text());
  if (ignored > 0) fmt::print("the loss ignores {} targets of them: they count in no number here\n", ignored);
  return 0;
}
