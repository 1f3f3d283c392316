// Recipes that differ -> axes; runs -> lines.

#include "report/parallel_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/markup.h"
#include "report/run_differences.h"
#include "report/sweep_plots.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

constexpr size_t most_choices = 12;  // that an axis can name

// Numbers by their size, then words by the alphabet.
bool written_before(const std::string& a, const std::string& b) {
  const std::optional<double> x = parse_number(a), y = parse_number(b);
  if (x && y) return *x < *y;
  return x.has_value() != y.has_value() ? x.has_value() : a < b;
}

SweptKey axis_of(const std::string& key, const std::vector<std::string>& values) {
  SweptKey axis;
  axis.key = key;
  for (const std::string& value : values)
    if (!value.empty() && !axis.choice_of(value)) axis.choices.push_back(value);
  std::sort(axis.choices.begin(), axis.choices.end(), written_before);
  return axis;
}

// The best validation of a run; nothing where there was none.
std::optional<double> best_of(const RunRecord& run, const std::string& monitor, bool higher) {
  const Points* const points = run.find(monitor);
  std::optional<double> best;
  for (const auto& [step, value] : points ? *points : Points{})
    if (std::isfinite(value) && (!best || (higher ? value > *best : value < *best))) best = value;
  return best;
}

}  // namespace

std::string parallel_runs(std::span<const RunRecord> runs, const std::vector<std::string>& labels) {
  const CheckpointSettings& checkpoint = runs[0].recipe->checkpoint;
  const std::string& monitor = checkpoint.monitor;
  for (const RunRecord& run : runs)
    if (run.recipe->checkpoint.monitor != monitor) return "";
  ShownTrials shown{.best_first = {}, .space = {}, .monitor = monitor, .runs = labels};
  std::vector<Trial> trials(runs.size());
  int64_t left_out = 0;
  for (const auto& [key, values] : differing_keys(runs)) {
    SweptKey axis = axis_of(key, values);
    if (axis.choices.size() > most_choices) {
      ++left_out;
      continue;
    }
    shown.space.push_back(std::move(axis));
    for (size_t i = 0; i < runs.size(); ++i) trials[i].values.push_back(values[i]);
  }
  if (shown.space.empty()) return "";
  const bool higher = higher_is_better(monitor, checkpoint.mode, runs[0].recipe->metrics);
  for (size_t i = 0; i < runs.size(); ++i) {
    trials[i].trial = static_cast<int64_t>(i) + 1;
    trials[i].value = best_of(runs[i], monitor, higher);
    if (trials[i].value) shown.best_first.push_back(&trials[i]);
  }
  if (shown.best_first.size() < 2) return "";
  std::stable_sort(shown.best_first.begin(), shown.best_first.end(), [&](const Trial* a, const Trial* b) {
    return higher ? *a->value > *b->value : *a->value < *b->value;
  });
  std::string what =
      fmt::format("A line for each run: what differs in its recipe, and the best {} of its validations, {} is better",
                  monitor, higher ? "higher" : "lower");
  if (left_out > 0)
    what += fmt::format("; {} with more than {} values left out",
                        left_out == 1 ? "a key" : fmt::format("{} keys", left_out), most_choices);
  return fmt::format("<p class=\"soft\">{}.</p>\n{}", escaped(what), parallel_plot(shown));
}

}  // namespace dlrun
