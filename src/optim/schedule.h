// The interface of learning-rate schedules, with the warm-up they share.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct TrainingSpan {
  int64_t total_steps = 0;
  int64_t steps_per_epoch = 0;
};

struct Schedule : Params {
  static constexpr const char* kind = "lr_scheduler";
  double warmup_epochs = 0.0;
  std::optional<int64_t> warmup_steps;
  double warmup_start = 0.0;

  // The learning rate of update `step` (from 0): a linear rise from warmup_start * base, then the schedule itself. A
  // pure function of its arguments, so resuming needs no state.
  double rate(double base, int64_t step, const TrainingSpan& span) const;
  std::vector<Relation> relations() const override;

 protected:
  // `step` and `span` count from the end of the warm-up; `span.total_steps` is at least 1.
  virtual double after_warmup(double base, int64_t step, const TrainingSpan& span) const = 0;
  std::vector<Field> common_fields();
};

}  // namespace dlrun
