// A learning rate that falls, or rises, along a line. (torch's LinearLR, transformers' get_linear_schedule_with_warmup)

#include <algorithm>

#include "optim/schedule.h"
#include "optim/unreached.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Linear final : Schedule {
  double start_factor = 1.0;
  double end_factor = 0.0;
  std::optional<double> epochs;

  std::vector<Field> own_fields() override {
    return {
        field("start_factor", start_factor, "Share of the full rate at the first step.", more_than(0)),
        field("end_factor", end_factor, "Share of the full rate after the last step.", at_least(0)),
        field("epochs", epochs,
              "Epochs (from the end of the warm-up) that the line takes, after which the rate stays; null: all.",
              more_than(0)),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const double whole =
        epochs ? *epochs * static_cast<double>(course.steps_per_epoch) : static_cast<double>(course.total_steps);
    const double done = std::min(1.0, static_cast<double>(course.step) / whole);
    return {.lr = base * (start_factor + (end_factor - start_factor) * done)};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    if (!epochs) return {};
    return unreached_epochs("epochs", *epochs, rest);
  }
};

const Registered<Schedule, Linear> linear_entry{"linear", "A learning rate that falls along a line."};

}  // namespace
}  // namespace dlrun
