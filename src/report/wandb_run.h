// A run as Weights & Biases takes it from files alone (logging.wandb): wandb/offline-run-DATE-ID/run-ID.wandb in its
// folder, which `wandb sync` sends.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "experiment/recipe.h"
#include "report/wandb_file.h"

namespace dlrun {

// One process's share of a run, used by one thread.
class WandbRun {
 public:
  // Begins the file of the run, or writes it anew under the same identity, with what metrics.jsonl holds until now:
  // what was told after the checkpoint that a run goes on from is in neither. Project, entity, name, group, kind of
  // job, tags and notes are those of WANDB_PROJECT, WANDB_ENTITY, WANDB_NAME, WANDB_RUN_GROUP, WANDB_JOB_TYPE,
  // WANDB_TAGS and WANDB_NOTES. Throws UserError(cannot_write).
  WandbRun(const std::string& run_folder, Recipe& recipe);
  ~WandbRun();
  WandbRun(const WandbRun&) = delete;
  WandbRun& operator=(const WandbRun&) = delete;

  // A record of metrics.jsonl. Its numbers, under the names that TensorBoard has them by, are a row of their step;
  // those of the test, whose checkpoint is of an earlier one, stand in the summary alone.
  void record(const nlohmann::ordered_json& record);
  // The training has ended well. Without, the server says that it crashed.
  void end();

 private:
  void begin(Recipe& recipe, const std::string& run_folder, const std::string& id);
  void row();  // writes what was gathered of a step
  void summarize(const nlohmann::ordered_json& numbers);
  double seconds() const;

  double start_ = 0.0;                       // seconds since 1970
  double before_ = 0.0, since_ = 0.0;        // the run's clock when this process began, and the machine's then
  double last_ = 0.0, before_others_ = 0.0;  // of an earlier process, and of those before it
  bool replays_ = false;                     // what is recorded is of an earlier process
  int64_t step_ = -1;                        // of the row that is gathered
  nlohmann::ordered_json row_;
  std::string path_;
  WandbFile file_;
};

}  // namespace dlrun
