// What a run folder tells of its training, read from its files alone.

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "experiment/recipe.h"
#include "report/line_chart.h"

namespace dlrun {

// Something that was said at a step: a diagnosis, a divergence.
struct RunEvent {
  int64_t step = 0;
  std::string kind, what;  // "dead_relus", "31 of 64 units ..."
};

struct RunRecord {
  std::string folder, name;
  std::unique_ptr<Recipe> recipe;
  std::vector<std::pair<std::string, Points>> series;   // "train/loss" by steps, in order of appearance
  std::vector<RunEvent> events;                         // by step
  std::vector<std::pair<std::string, double>> results;  // "test/accuracy", of the checkpoint that was best
  int64_t steps = 0, checkpoint = -1;                   // done; the one the results are of, -1 for none
  double seconds = 0.0;                                 // of the training, as far as it is known
  double joules = 0.0;                                  // that the machine took then; 0 where nothing counted them
  nlohmann::json environment;                           // null where it was not written
  nlohmann::ordered_json overview;                      // see report/overview.h; null where it was not written
  bool finished = false;
  int64_t unread = 0;  // lines of metrics.jsonl that are no records: the last one of a killed run

  const Points* find(const std::string& name) const;
};

// Throws UserError: no_input where there is no run, bad_data for a recipe or a result that cannot be read.
RunRecord read_run(const std::string& folder);

}  // namespace dlrun
