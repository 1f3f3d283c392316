// One training of a sweep, and all of them as sweep.json.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"
#include "sweep/space.h"

namespace dlrun {

struct Trial final : Params {
  int64_t trial = 0;  // from 1
  // running; finished; stopped: by halving; failed
  std::string state = "running";
  Values values;                // of the keys of the sweep
  std::optional<double> value;  // the best of the monitored number; of a trial that was stopped until then
  int64_t validations = 0;
  double seconds = 0.0;
  int64_t exit_code = 0;
  std::string reason;         // of a failed one
  std::vector<double> rungs;  // its best so far at each rung of the halving, in order
  std::vector<Field> fields() override;

  bool done() const { return state != "running"; }
};

// What is stored of a sweep beside its recipe.
struct SweepRecord final : Params {
  std::string monitor;  // empty until a trial has told
  bool higher = false;  // whether a higher number is better
  std::vector<std::string> parameters;
  std::string strategy;
  int64_t planned = 0;  // trials
  int64_t seed = 0;
  int64_t reduction_factor = 0, min_validations = 1;  // of the halving; 0: none
  List<Trial> trials;
  std::vector<Field> fields() override;

  // The best trial with a number; null where there is none. Of equals the first.
  const Trial* best() const;
  // Those that are done, the best first: finished ones by their number, then those that were stopped, the ones that
  // came further first, then those that failed.
  std::vector<const Trial*> best_first() const;
};

// Atomically. The text has "version" and "best", the number of the best trial, beside the fields.
void write_record(const SweepRecord& record, const std::string& file);
// Throws UserError(bad_data) for what write_record did not write.
void read_record(const std::string& file, SweepRecord& record);

// A row for each trial: trial, state, the monitored number, validations, seconds, exit code, and a column for each key.
std::string record_csv(const SweepRecord& record, const Space& space);
// The same for a person, the best first: at most `most` rows.
std::string record_table(const SweepRecord& record, const Space& space, size_t most, int width);

}  // namespace dlrun
