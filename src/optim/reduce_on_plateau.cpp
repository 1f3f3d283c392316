// A learning rate that drops when the number checkpoint.monitor names no longer improves. (torch's ReduceLROnPlateau)

#include <cmath>
#include <limits>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ReduceOnPlateau final : Schedule {
  std::string mode = "auto";
  double factor = 0.1;
  int64_t patience = 10;
  double threshold = 1e-4;
  std::string threshold_mode = "rel";
  int64_t cooldown = 0;
  double min_lr = 0.0;
  double epsilon = 1e-8;

  std::vector<Field> own_fields() override {
    return {
        field("mode", mode, "Whether a lower or a higher number is better; auto: as for the best checkpoint.",
              one_of("auto", "min", "max")),
        field("factor", factor, "Factor of each drop.", more_than(0), less_than(1)),
        field("patience", patience,
              "Validations without improvement that are put up with; the next one drops the rate.", at_least(0)),
        field("threshold", threshold, "A smaller change does not count as an improvement.", at_least(0)),
        field("threshold_mode", threshold_mode,
              "Whether the threshold is a share of the best number (rel) or a difference (abs).", one_of("rel", "abs")),
        field("cooldown", cooldown, "Validations after a drop that are not counted.", at_least(0)),
        field("min_lr", min_lr, "The rate never drops below it.", at_least(0)),
        field("epsilon", epsilon, "A drop that changes the rate by no more than this is left out.", at_least(0)),
    };
  }

  bool follows_validations() const override { return true; }

  Setting after_warmup(double base, const Course& course) const override {
    const bool higher = mode == "auto" ? course.higher_is_better : mode == "max";
    double rate = base;
    double best = higher ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    int64_t bad = 0, cooling = 0;
    for (const double value : course.monitored) {
      if (better(value, best, higher)) {
        best = value;
        bad = 0;
      } else {
        ++bad;
      }
      if (cooling > 0) {
        --cooling;
        bad = 0;
      }
      if (bad <= patience) continue;
      const double lower = std::max(rate * factor, min_lr);
      if (rate - lower > epsilon) rate = lower;
      cooling = cooldown;
      bad = 0;
    }
    return {.lr = rate};
  }

 private:
  // Of NaN it is false.
  bool better(double value, double best, bool higher) const {
    if (threshold_mode == "rel") return higher ? value > best * (1 + threshold) : value < best * (1 - threshold);
    return higher ? value > best + threshold : value < best - threshold;
  }
};

const Registered<Schedule, ReduceOnPlateau> reduce_on_plateau_entry{
    "reduce_on_plateau", "A learning rate that drops when validation no longer improves."};

}  // namespace
}  // namespace dlrun
