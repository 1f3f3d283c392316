// Trials on disk, and their order.

#include "sweep/trial.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "spec/component_json.h"
#include "spec/node_of.h"
#include "spec/read_json.h"

namespace dlrun {

std::vector<Field> Trial::fields() {
  return {
      field("trial", trial, "Its number.", required(), at_least(1)),
      field("state", state, "How it stands.", required(), one_of("running", "finished", "stopped", "failed")),
      field("values", values, "Of the keys, as YAML."),
      field("value", value, "The best of the monitored number."),
      field("validations", validations, "How many it made.", at_least(0)),
      field("seconds", seconds, "How long it took.", at_least(0)),
      field("exit_code", exit_code, "How its process ended."),
      field("reason", reason, "Why it failed."),
      field("rungs", rungs, "Its best so far at each rung."),
  };
}

std::vector<Field> SweepRecord::fields() {
  return {
      field("monitor", monitor, "The number that decides."),
      field("higher", higher, "Whether a higher number is better."),
      field("strategy", strategy, "How values are chosen.", required(), one_of("grid", "random", "tpe")),
      field("planned", planned, "Trials in all.", at_least(0)),
      field("seed", seed, "Of the draws.", at_least(0)),
      field("reduction_factor", reduction_factor, "Of the halving.", at_least(0)),
      field("min_validations", min_validations, "Before the first rung.", at_least(1)),
      field("parameters", parameters, "What is varied.", required()),
      field("trials", trials, "In the order in which they were begun."),
  };
}

std::vector<const Trial*> SweepRecord::best_first() const {
  std::vector<const Trial*> order;
  for (size_t i = 0; i < trials.size(); ++i)
    if (trials[i].done()) order.push_back(&trials[i]);
  const auto rank = [&](const Trial& trial) {
    const int group = !trial.value || trial.state == "failed" ? 2 : trial.state == "stopped" ? 1 : 0;
    const int64_t further = group == 1 ? -static_cast<int64_t>(trial.rungs.size()) : 0;
    return std::tuple(group, further, group == 2 ? 0.0 : higher ? -*trial.value : *trial.value);
  };
  std::stable_sort(order.begin(), order.end(), [&](const Trial* a, const Trial* b) { return rank(*a) < rank(*b); });
  return order;
}

const Trial* SweepRecord::best() const {
  const Trial* best = nullptr;
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    if (!trial.done() || !trial.value || trial.state == "failed") continue;
    if (!best || (higher ? *trial.value > *best->value : *trial.value < *best->value)) best = &trial;
  }
  return best;
}

void write_record(const SweepRecord& record, const std::string& file) {
  SweepRecord copy = record;  // fields() points into what it is called on
  nlohmann::ordered_json text = {{"version", 1}};
  const Trial* const best = record.best();
  text["best"] = best ? nlohmann::ordered_json(best->trial) : nlohmann::ordered_json();
  text.update(value_json(node_of(copy)));
  write_text_atomically(file, text.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void read_record(const std::string& file, SweepRecord& record) {
  const nlohmann::json text = nlohmann::json::parse(read_text(file), nullptr, /*allow_exceptions=*/false);
  if (!text.is_object()) throw UserError(ExitCode::bad_data, file + ": holds no sweep: it is no JSON object");
  read_json(text, file, "", record);
}

}  // namespace dlrun
