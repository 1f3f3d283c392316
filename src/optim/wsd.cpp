// Warm-up, stable, decay: the full rate for most of the training, and a fall at its end. (Zhai et al. 2022, Hu et al.
// 2024; transformers' get_wsd_schedule)

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct WarmupStableDecay final : Schedule {
  double decay = 0.1;
  std::optional<int64_t> decay_steps;
  std::string decay_type = "cosine";
  double min_lr_ratio = 0.0;

  std::vector<Field> own_fields() override {
    return {
        field("decay", decay, "Share of the training after the warm-up in which the rate falls.", between(0, 1)),
        field("decay_steps", decay_steps, "The same in optimizer steps instead.", at_least(0)),
        field("decay_type", decay_type, "Form of the fall; 1-sqrt is 1 minus the root of what is done of it.",
              one_of("cosine", "linear", "1-sqrt")),
        field("min_lr_ratio", min_lr_ratio, "Share of the full rate that is left after the last step.", between(0, 1)),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const auto fall = static_cast<double>(falling(course.total_steps));
    const double step = static_cast<double>(course.step) - (static_cast<double>(course.total_steps) - fall);
    if (step < 0) return {.lr = base};
    const double done = fall > 0 ? std::min(1.0, step / fall) : 1.0;
    double left = 1 - done;
    if (decay_type == "cosine") left = 0.5 * (1 + std::cos(std::numbers::pi * done));
    if (decay_type == "1-sqrt") left = 1 - std::sqrt(done);
    return {.lr = base * (min_lr_ratio + (1 - min_lr_ratio) * left)};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    if (falling(rest.total_steps) <= rest.total_steps) return {};
    return {
        fmt::format("lr_scheduler.decay_steps: the rate falls for {} steps, and the training has {} of them: it "
                    "begins below the full rate",
                    falling(rest.total_steps), rest.total_steps)};
  }

 private:
  int64_t falling(int64_t steps) const {
    return decay_steps.value_or(std::llround(decay * static_cast<double>(steps)));
  }
};

const Registered<Schedule, WarmupStableDecay> wsd_entry{"wsd", "The full rate for most of the training, then a fall."};

}  // namespace
}  // namespace dlrun
