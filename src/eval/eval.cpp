// The verb eval: run folder or ONNX file -> metrics of a split.

#include "eval/eval.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "base/text.h"
#include "data/source.h"
#include "eval/evaluate.h"
#include "eval/result_table.h"
#include "eval/sample_measures.h"
#include "experiment/restored.h"
#include "spec/write.h"

namespace dlrun {
namespace {

// The samples of each value of a column of the table, by their place among those measured.
std::map<std::string, std::vector<int64_t>> groups_of(const std::string& column, const Split& split,
                                                      const SampleMeasures& measures) {
  const SourceRows* rows = split.rows_written();
  if (!rows)
    throw UserError(ExitCode::usage, "--by: groups are the values of a column, and these data are no table (csv)");
  const int64_t place = rows->table->find(column);
  if (place < 0) throw UserError(ExitCode::usage, "--by: " + rows->table->path() + " has no column '" + column + "'");
  if (static_cast<int64_t>(measures.ids().size()) != measures.size())
    throw UserError(ExitCode::usage, "--by: what this task measures are no samples of the table");
  std::map<std::string, std::vector<int64_t>> groups;
  for (int64_t i = 0; i < measures.size(); ++i)
    groups[std::string(rows->cell(measures.ids()[static_cast<size_t>(i)], place))].push_back(i);
  return groups;
}

// What is told beside the numbers of the split.
struct Further {
  std::vector<std::pair<std::string, Interval>> intervals;  // of numbers, by their name; the headline's first
  struct Group {
    std::string value;
    int64_t samples;
    Results results;
  };
  std::vector<Group> groups;
  std::vector<ResultTable> tables;
};

nlohmann::ordered_json interval_record(const std::string& metric, const Interval& interval,
                                       const EvalOptions& options) {
  return {{"metric", metric}, {"low", interval.low},        {"high", interval.high},
          {"level", 0.95},    {"draws", options.bootstrap}, {"seed", options.seed}};
}

std::string interval_text(const Further& further, const std::string& metric) {
  for (const auto& [name, interval] : further.intervals)
    if (name == metric) return fmt::format("{:.6g} to {:.6g}", interval.low, interval.high);
  return "";
}

void look_closer(const EvalOptions& options, const Experiment& experiment, const SampleMeasures& measures,
                 const std::string& split, Further& further) {
  const ChoiceList<Metric>& metrics = experiment.recipe.metrics;
  for (const size_t k : headline_metrics(metrics))
    if (measures.size() > 0 && options.bootstrap > 0 && metrics[k].can_be_redrawn())
      further.intervals.emplace_back(metrics[k].names().front(),
                                     measures.interval(k, options.bootstrap, static_cast<uint64_t>(options.seed)));
  if (options.by.empty()) return;
  for (const auto& [value, samples] : groups_of(options.by, *experiment.samples(split), measures)) {
    Further::Group& group =
        further.groups.emplace_back(Further::Group{value, static_cast<int64_t>(samples.size()), {}});
    for (size_t k = 0; k < metrics.size(); ++k)
      if (!metrics[k].names().empty())
        for (const auto& result : measures.of(k, samples)) group.results.push_back(result);
  }
}

void draw(const std::string& folder, const std::string& split, const std::vector<ResultTable>& tables) {
  FileSystem::instance().create_folders(folder);
  for (const ResultTable& table : tables) {
    const std::string path = folder + "/" + table.name + "-" + split + ".svg";
    write_text_atomically(path, table_svg(table));
    log_info("written to " + path);
  }
}

}  // namespace
}  // namespace dlrun

int dlrun_eval(const dlrun::EvalOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  if (!options.inputs.empty() && !options.split.empty())
    throw UserError(ExitCode::usage, "--split: files are evaluated instead of a split; leave one of them out");
  if (!options.inputs.empty() && !options.by.empty())
    throw UserError(ExitCode::usage,
                    "--by: groups are of a split; for those of a file make it one: \"data.test={path: FILE}\"");
  const Restored run =
      restore({options.run, options.checkpoint, options.overrides, options.inputs, true, options.recipe, options.engine,
               /*keep_rows=*/!options.by.empty()});
  const Experiment& experiment = *run.experiment;
  if (!run.recipe->task->evaluates())
    throw UserError(ExitCode::usage, "task " + run.recipe->task.type + " has no metrics on held-out data; see predict");
  const std::string split = options.split.empty() ? experiment.held_out() : options.split;
  const std::string shown = options.inputs.empty() ? split : "files";
  const std::unique_ptr<Loader> loader = experiment.loader(split);
  if (!loader)
    throw UserError(ExitCode::no_input,
                    "the data have no split \"" + split + "\" (data of the recipe of " + options.run + ")");
  if (!options.inputs.empty() && !holds_answers(*experiment.samples(split)))
    throw UserError(ExitCode::bad_data,
                    join(options.inputs, ", ") +
                        ": without the answers in it nothing can be compared; dlrun predict gives the "
                        "network's");
  if (options.split.empty() && split == "train")
    log_warning("the data have no validation and no test split: these are the samples the network was trained on");
  Progress progress(10.0, options.progress && options.verbosity >= 0);
  Pace pace;
  EvaluateOptions evaluate_options;
  evaluate_options.progress = [&](int64_t done, int64_t total) {
    if (progress.due()) progress.show(pace.text("evaluating batches of " + shown, done, total));
  };
  int64_t ignored = 0;
  evaluate_options.ignored = [&](int64_t targets) { ignored = targets; };
  const ChoiceList<Metric>& metrics = run.recipe->metrics;
  std::vector<size_t> measured = options.bootstrap > 0 ? headline_metrics(metrics) : std::vector<size_t>();
  if (!options.by.empty()) {
    measured.clear();
    for (size_t k = 0; k < metrics.size(); ++k)
      if (!metrics[k].names().empty()) measured.push_back(k);
  }
  SampleMeasures measures(metrics, measured);
  if (!measured.empty()) evaluate_options.measured = [&](const Outcome& outcome) { measures.add(outcome); };
  Further further;
  evaluate_options.table = [&](const ResultTable& table) { further.tables.push_back(table); };
  const Results results = evaluate(experiment, *loader, evaluate_options);
  progress.clear();
  look_closer(options, experiment, measures, split, further);
  if (!options.pictures.empty()) draw(options.pictures, shown, further.tables);

  if (options.json) {
    nlohmann::ordered_json record = {{"event", "eval"},
                                     {"version", 1},
                                     {"run", options.run},
                                     {"split", shown},
                                     {"samples", experiment.samples(split)->size()}};
    if (ignored > 0) record["ignored"] = ignored;
    if (run.checkpoint.step >= 0)
      record.update(
          {{"step", run.checkpoint.step}, {"checkpoint", run.word}, {"recipe_hash", run.checkpoint.recipe_hash}});
    record["seed"] = run.recipe->seed;
    for (const auto& [name, value] : results) record[shown + "/" + name] = value;
    for (const auto& [name, interval] : further.intervals) {
      const nlohmann::ordered_json one = interval_record(name, interval, options);
      if (!record.contains("interval")) record["interval"] = one;
      if (further.intervals.size() > 1) record["intervals"].push_back(one);
    }
    for (const Further::Group& group : further.groups) {
      nlohmann::ordered_json& one = record["by"][options.by][group.value] = {{"samples", group.samples}};
      for (const auto& [name, value] : group.results) one[name] = value;
    }
    for (const ResultTable& table : further.tables) record["tables"][table.name] = table_record(table);
    fmt::print("{}\n", record.dump());
    return 0;
  }
  Table table({{"split"},
               {"samples", Table::Align::right},
               {"checkpoint"},
               {"metric"},
               {"value", Table::Align::right},
               {further.intervals.empty() ? "" : "95 % interval"}});
  for (const auto& [name, value] : results)
    table.row({shown, std::to_string(experiment.samples(split)->size()), run.origin, name, fmt::format("{:.6g}", value),
               interval_text(further, name)});
  for (const Further::Group& group : further.groups)
    for (const auto& [name, value] : group.results)
      table.row({options.by + "=" + visible(group.value, /*lines=*/false), std::to_string(group.samples), run.origin,
                 name, fmt::format("{:.6g}", value)});
  fmt::print("{}\n", table.text());
  for (const ResultTable& one : further.tables) fmt::print("\n{}\n{}\n", one.name, table_lines(one));
  if (ignored > 0) fmt::print("the loss ignores {} targets of them: they count in no number here\n", ignored);
  return 0;
}
