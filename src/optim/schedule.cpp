// The warm-up that goes before any schedule.

#include "optim/schedule.h"

#include <algorithm>
#include <cmath>

namespace dlrun {

Setting Schedule::at(double base, const Course& course) const {
  const int64_t warmup =
      warmup_steps.value_or(std::llround(warmup_epochs * static_cast<double>(course.steps_per_epoch)));
  if (course.step < warmup) {
    const double done = static_cast<double>(course.step + 1) / static_cast<double>(warmup);
    return {.lr = base * (warmup_start + (1.0 - warmup_start) * done)};
  }
  Course rest = course;
  rest.step -= warmup;
  rest.total_steps = std::max<int64_t>(1, course.total_steps - warmup);
  return after_warmup(base, rest);
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
