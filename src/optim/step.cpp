// A learning rate that drops by a factor every few epochs. (torch's StepLR)

#include <algorithm>
#include <cmath>

#include "optim/schedule.h"
#include "optim/unreached.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Step final : Schedule {
  int64_t every_n_epochs = 1;
  double gamma = 0.1;

  std::vector<Field> own_fields() override {
    return {
        field("every_n_epochs", every_n_epochs, "Epochs (from the end of the warm-up) between two drops.", required(),
              at_least(1)),
        field("gamma", gamma, "Factor of each drop.", more_than(0), at_most(1)),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const int64_t epoch = course.step / std::max<int64_t>(1, course.steps_per_epoch);
    return {.lr = base * std::pow(gamma, static_cast<double>(epoch / every_n_epochs))};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    return unreached_epochs("every_n_epochs", static_cast<double>(every_n_epochs), rest);
  }
};

const Registered<Schedule, Step> step_entry{"step", "A learning rate that drops by a factor every few epochs."};

}  // namespace
}  // namespace dlrun
