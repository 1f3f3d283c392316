// A learning rate that falls with the root of the steps, whatever the training's length. (Vaswani et al. 2017;
// transformers' get_inverse_sqrt_schedule)

#include <algorithm>
#include <cmath>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct InverseSqrt final : Schedule {
  std::optional<int64_t> timescale;

  std::vector<Field> own_fields() override {
    return {field("timescale", timescale,
                  "Steps after which the rate has fallen to its 0.71st part; null: those of the warm-up, or 10000.",
                  at_least(1))};
  }

  Setting after_warmup(double base, const Course& course) const override {
    const int64_t rise = warmup(course.steps_per_epoch);
    const auto scale = static_cast<double>(timescale.value_or(rise > 0 ? rise : 10000));
    return {.lr = base / std::sqrt((static_cast<double>(course.step) + scale) / scale)};
  }
};

const Registered<Schedule, InverseSqrt> inverse_sqrt_entry{"inverse_sqrt",
                                                           "A learning rate that falls with the root of the steps."};

}  // namespace
}  // namespace dlrun
