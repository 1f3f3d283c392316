// The interface of learning-rate schedules, and the warm-up that goes before any of them.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "optim/setting.h"
#include "spec/field.h"

namespace dlrun {

struct TrainingSpan {
  int64_t total_steps = 0;
  int64_t steps_per_epoch = 0;
};

// Where a training stands before an update, and what its validations gave.
struct Course {
  int64_t step = 0;  // updates done
  int64_t total_steps = 0;
  int64_t steps_per_epoch = 0;
  std::span<const double> monitored;  // checkpoint.monitor's number after each validation so far; NaN: not finite
  bool higher_is_better = false;      // of that number
};

struct Schedule : Params {
  static constexpr const char* kind = "lr_scheduler";
  double warmup_epochs = 0.0;
  std::optional<int64_t> warmup_steps;
  double warmup_start = 0.0;

  // What holds for the next update, `base` being the optimizer's learning rate: a linear rise from warmup_start * base,
  // then the schedule itself. A pure function of its arguments, so resuming needs no state.
  Setting at(double base, const Course& course) const;

  int64_t warmup(int64_t steps_per_epoch) const;  // in steps
  // What a training of this length never gets to: sentences that begin with the key.
  std::vector<std::string> unreached(const TrainingSpan& span) const;

  // Whether it reads Course::monitored: something must be monitored then.
  virtual bool follows_validations() const { return false; }

  // The warm-up's, and then the schedule's own.
  std::vector<Field> fields() final;
  std::vector<Relation> relations() const final;

 protected:
  // `step` and `total_steps` count from the end of the warm-up; `total_steps` is at least 1.
  virtual Setting after_warmup(double base, const Course& course) const = 0;
  // The same of the schedule's own keys; `rest` is what the warm-up leaves.
  virtual std::vector<std::string> own_unreached(const TrainingSpan& rest) const { return {}; }
  virtual std::vector<Field> own_fields() { return {}; }
  virtual std::vector<Relation> own_relations() const { return {}; }
};

}  // namespace dlrun
