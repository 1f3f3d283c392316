// The warm-up that goes before any schedule.

#include "optim/schedule.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace dlrun {

Setting Schedule::at(double base, const Course& course) const {
  const int64_t rise = warmup(course.steps_per_epoch);
  if (course.step < rise) {
    const double done = static_cast<double>(course.step + 1) / static_cast<double>(rise);
    return {.lr = base * (warmup_start + (1.0 - warmup_start) * done)};
  }
  Course rest = course;
  rest.step -= rise;
  rest.total_steps = std::max<int64_t>(1, course.total_steps - rise);
  return after_warmup(base, rest);
}

int64_t Schedule::warmup(int64_t steps_per_epoch) const {
  return warmup_steps.value_or(std::llround(warmup_epochs * static_cast<double>(steps_per_epoch)));
}

std::vector<std::string> Schedule::unreached(const TrainingSpan& span) const {
  const int64_t rise = warmup(span.steps_per_epoch);
  if (rise > 0 && rise >= span.total_steps)
    return {
        fmt::format("lr_scheduler.{}: the rate rises for {} steps, and the training has {}: it ends at {:.3g} of "
                    "the full rate, and nothing of the schedule after the rise happens",
                    warmup_steps ? "warmup_steps" : "warmup_epochs", rise, span.total_steps,
                    at(1.0, {.step = span.total_steps - 1, .steps_per_epoch = span.steps_per_epoch}).lr)};
  return own_unreached({span.total_steps - rise, span.steps_per_epoch});
}

std::vector<Field> Schedule::fields() {
  std::vector<Field> fields = {
      field("warmup_epochs", warmup_epochs, "Epochs over which the rate rises linearly to its full value.",
            at_least(0)),
      field("warmup_steps", warmup_steps, "The same in optimizer steps.", at_least(0)),
      field("warmup_start", warmup_start, "Share of the full rate at which the rise starts.", between(0, 1)),
  };
  for (Field& own : own_fields()) fields.push_back(std::move(own));
  return fields;
}

std::vector<Relation> Schedule::relations() const {
  std::vector<Relation> relations = {
      {"warmup_steps", "not given(warmup_steps) or warmup_epochs == 0", "given together with warmup_epochs; keep one"}};
  for (Relation& own : own_relations()) relations.push_back(std::move(own));
  return relations;
}

}  // namespace dlrun
