// The verb compare.

#include "report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"
#include "report/measured_run.h"
#include "report/run_differences.h"

namespace dlrun {
namespace {

using Runs = std::vector<std::unique_ptr<MeasuredRun>>;

struct Comparison {
  PairedDifference difference;
  int64_t samples = 0, first_alone = 0, second_alone = 0;
  std::string first_beginning, second_beginning;  // of the samples' names, that did not count
  RunDifferences beside;
};

Runs open_runs(const CompareOptions& options) {
  Runs runs;
  std::set<std::string> names;
  for (const std::string& folder : options.runs) {
    auto run = std::make_unique<MeasuredRun>();
    run->run = restore({folder, options.checkpoint, options.overrides});
    run->folder = folder;
    run->label = run->run.recipe->name;
    names.insert(run->label);
    runs.push_back(std::move(run));
  }
  if (names.size() < runs.size())
    for (const auto& run : runs) run->label = run->folder;
  return runs;
}

// The metric that was asked for, or the first that all have.
std::string shared_metric(const CompareOptions& options, const Runs& runs) {
  std::vector<std::string> shared = metrics_to_compare(*runs[0]->run.recipe);
  for (const auto& run : runs) {
    const std::vector<std::string> names = metrics_to_compare(*run->run.recipe);
    std::erase_if(shared,
                  [&](const std::string& name) { return std::find(names.begin(), names.end(), name) == names.end(); });
  }
  if (shared.empty())
    throw UserError(ExitCode::usage,
                    "dlrun compare: the runs share no metric that a sample has by itself; give the same "
                    "ones: --set 'metrics=[accuracy]'");
  if (options.metric.empty()) return shared[0];
  if (std::find(shared.begin(), shared.end(), options.metric) == shared.end())
    throw UserError(ExitCode::usage,
                    "--metric: not all runs have '" + options.metric + "'; they share " + join(shared, ", "));
  return options.metric;
}

std::vector<Difference> data_differences(const MeasuredRun& first, const MeasuredRun& second) {
  std::vector<Difference> differences;
  for (const char* split : {"train", "val", "test"}) {
    const auto size = [&](const MeasuredRun& run) {
      const std::shared_ptr<Split>& samples = run.run.experiment->samples(split);
      return samples ? std::to_string(samples->size()) : std::string();
    };
    if (size(first) != size(second))
      differences.push_back({std::string("samples of ") + split, size(first), size(second)});
  }
  if (first.run.experiment->splits.info.fitted != second.run.experiment->splits.info.fitted)
    differences.push_back({"what was fitted to the training samples", "one", "another"});
  return differences;
}

Comparison compare(const MeasuredRun& first, const MeasuredRun& second, const CompareOptions& options) {
  const Pairs pairs = pair_by_name(first.names, second.names);
  Comparison comparison;
  comparison.samples = static_cast<int64_t>(pairs.first.size());
  comparison.first_beginning = pairs.first_beginning;
  comparison.second_beginning = pairs.second_beginning;
  comparison.first_alone = static_cast<int64_t>(first.names.size()) - comparison.samples;
  comparison.second_alone = static_cast<int64_t>(second.names.size()) - comparison.samples;
  if (pairs.first.empty())
    throw UserError(ExitCode::bad_data, fmt::format("{} and {}: have no sample in common ({}; {})", first.folder,
                                                    second.folder, first.names[0], second.names[0]));
  int64_t others = 0;
  for (size_t i = 0; i < pairs.first.size(); ++i)
    others += truth_of_sample(first, pairs.first[i]) != truth_of_sample(second, pairs.second[i]);
  if (others > 0)
    throw UserError(
        ExitCode::bad_data,
        fmt::format("{} and {}: {} of {} samples of the same names have another target: these are other data",
                    first.folder, second.folder, others, pairs.first.size()));
  const Metric& metric = first.run.recipe->metrics[first.metric];
  const uint64_t seed = static_cast<uint64_t>(options.seed);
  comparison.difference =
      paired_difference(first.measures->of(first.metric, pairs.first).front().second,
                        second.measures->of(second.metric, pairs.second).front().second,
                        first.measures->redrawn(first.metric, pairs.first, options.bootstrap, seed),
                        second.measures->redrawn(second.metric, pairs.second, options.bootstrap, seed),
                        metric.higher_is_better(metric.names().front()));
  comparison.beside = differences_of(*first.run.recipe, *second.run.recipe, first.folder, second.folder);
  comparison.beside.data = data_differences(first, second);
  return comparison;
}

bool second_is_better(const MeasuredRun& first, const Comparison& comparison, const std::string& metric) {
  return (comparison.difference.difference > 0) == first.run.recipe->metrics[first.metric].higher_is_better(metric);
}

std::string verdict(const MeasuredRun& first, const MeasuredRun& second, const Comparison& comparison,
                    const std::string& metric, int64_t draws) {
  const PairedDifference& found = comparison.difference;
  const bool second_better = second_is_better(first, comparison, metric);
  const double share = second_better ? found.second_better : 1 - found.second_better;
  const std::string interval = fmt::format("{} {:+.4g}, 95 % interval {:+.4g} to {:+.4g}", metric, found.difference,
                                           found.interval.low, found.interval.high);
  const std::string& better = second_better ? second.label : first.label;
  if (found.difference == 0.0 && found.interval.low == 0.0 && found.interval.high == 0.0)
    return fmt::format("They are the same on each of these {} samples by {}.", count_text(comparison.samples), metric);
  if (found.more_than_noise)
    return fmt::format(
        "{} is better, by more than noise: {} ({} less {}); it was ahead in {:.4g} % of {} draws of {} samples.",
        better, interval, second.label, first.label, 100 * share, count_text(draws), count_text(comparison.samples));
  return fmt::format(
      "No difference that is more than noise: {} ({} less {}); {} was ahead in {:.4g} % of {} draws of {} samples.",
      interval, second.label, first.label, better, 100 * share, count_text(draws), count_text(comparison.samples));
}

nlohmann::ordered_json records_of(const std::vector<Difference>& differences) {
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (const Difference& one : differences)
    records.push_back({{"key", one.path}, {"first", one.left}, {"second", one.right}});
  return records;
}

nlohmann::ordered_json record_of(const MeasuredRun& first, const MeasuredRun& second, const Comparison& comparison,
                                 const std::string& metric, const CompareOptions& options) {
  const PairedDifference& found = comparison.difference;
  const bool better = second_is_better(first, comparison, metric);
  return {{"event", "compare"},
          {"version", 1},
          {"first", first.folder},
          {"second", second.folder},
          {"split", first.split},
          {"metric", metric},
          {"samples", comparison.samples},
          {"only_in_first", comparison.first_alone},
          {"only_in_second", comparison.second_alone},
          {"first_value", found.first},
          {"second_value", found.second},
          {"difference", found.difference},
          {"interval",
           {{"low", found.interval.low},
            {"high", found.interval.high},
            {"level", 0.95},
            {"draws", options.bootstrap},
            {"seed", options.seed}}},
          {"second_better", found.second_better},
          {"more_than_noise", found.more_than_noise},
          {"better", found.more_than_noise ? nlohmann::ordered_json(better ? "second" : "first") : nullptr},
          {"recipe", records_of(comparison.beside.recipe)},
          {"data", records_of(comparison.beside.data)},
          {"code", records_of(comparison.beside.code)},
          {"environment", records_of(comparison.beside.environment)}};
}

void print(const std::string& title, const std::vector<Difference>& differences, const MeasuredRun& first,
           const MeasuredRun& second, int width) {
  if (differences.empty()) {
    fmt::print("{}: the same\n", title);
    return;
  }
  Table table({{title}, {visible(first.label, false)}, {visible(second.label, false)}});
  const auto shown = [](const std::string& value) { return value.empty() ? std::string("-") : visible(value, false); };
  for (const Difference& one : differences) table.row({one.path, shown(one.left), shown(one.right)});
  fmt::print("\n{}\n", table.text(width));
}

void print(const MeasuredRun& first, const MeasuredRun& second, const Comparison& comparison, const std::string& metric,
           const CompareOptions& options) {
  const int width = terminal(stdout).width;
  Table table({{"run"}, {"checkpoint"}, {"split"}, {metric, Table::Align::right}});
  for (const auto& [run, value] :
       {std::pair(&first, comparison.difference.first), {&second, comparison.difference.second}})
    table.row({visible(run->label, false), run->run.origin, run->split, fmt::format("{:.6g}", value)});
  fmt::print("{}\n\n", table.text());
  fmt::print("{}\n", wrap(visible(verdict(first, second, comparison, metric, options.bootstrap), false), width));
  fmt::print("{}\n\n",
             wrap("This is the noise of these samples. Another seed moves results too: repeat: {seeds: 5} in both "
                  "recipes shows by how much.",
                  width));
  if (comparison.first_alone + comparison.second_alone > 0)
    fmt::print("{}\n\n", wrap(fmt::format("{} samples are in both; {} more in {} and {} more in {} count nowhere here.",
                                          count_text(comparison.samples), count_text(comparison.first_alone),
                                          first.label, count_text(comparison.second_alone), second.label),
                              width));
  if (comparison.first_beginning != comparison.second_beginning)
    fmt::print(
        "{}\n\n",
        wrap(visible(
                 fmt::format("The same samples by what follows \"{}\" and \"{}\" in their names, and by their targets.",
                             comparison.first_beginning, comparison.second_beginning),
                 false),
             width));
  print("recipe", comparison.beside.recipe, first, second, width);
  print("data", comparison.beside.data, first, second, width);
  print("code", comparison.beside.code, first, second, width);
  print("environment", comparison.beside.environment, first, second, width);
}

}  // namespace
}  // namespace dlrun

int dlrun_compare(const dlrun::CompareOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  if (options.runs.size() < 2)
    throw UserError(ExitCode::usage, "dlrun compare: one run has nothing to be compared with");
  const Runs runs = open_runs(options);
  const std::string metric = shared_metric(options, runs);
  const std::string split = options.split.empty() ? runs[0]->run.experiment->held_out() : options.split;
  if (options.split.empty() && split == "train")
    log_warning("the data have no validation and no test split: these are the samples the networks were trained on");
  for (const auto& run : runs) measure(*run, split, metric, options.progress && options.verbosity >= 0);
  for (size_t i = 1; i < runs.size(); ++i) {
    const Comparison comparison = compare(*runs[0], *runs[i], options);
    if (options.json) {
      fmt::print("{}\n", record_of(*runs[0], *runs[i], comparison, metric, options)
                             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      continue;
    }
    if (i > 1) fmt::print("\n");
    print(*runs[0], *runs[i], comparison, metric, options);
  }
  return 0;
}
