// The warm-up all learning-rate schedules share.

#include "optim/schedule.h"

#include <algorithm>
#include <cmath>

namespace dlrun {

double Schedule::rate(double base, int64_t step, const TrainingSpan& span) const {
  const int64_t warmup = warmup_steps.value_or(std::llround(warmup_epochs * static_cast<double>(span.steps_per_epoch)));
  if (step < warmup) {
    const double done = static_cast<double>(step + 1) / static_cast<double>(warmup);
    return base * (warmup_start + (1.0 - warmup_start) * done);
  }
  return after_warmup(base, step - warmup, {std::max<int64_t>(1, span.total_steps - warmup), span.steps_per_epoch});
}

std::vector<Relation> Schedule::relations() const {
  return {
      {"warmup_steps", "not given(warmup_steps) or warmup_epochs == 0", "given together with warmup_epochs; keep one"}};
}

std::vector<Field> Schedule::common_fields() {
  return {
      field("warmup_epochs", warmup_epochs, "Epochs over which the rate rises linearly to its full value.",
            at_least(0)),
      field("warmup_steps", warmup_steps, "The same in optimizer steps.", at_least(0)),
      field("warmup_start", warmup_start, "Share of the full rate at which the rise starts.", between(0, 1)),
  };
}

}  // namespace dlrun
