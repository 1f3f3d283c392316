// A learning rate that falls by the same factor again and again. (torch's ExponentialLR)

#include <algorithm>
#include <cmath>

#include "optim/schedule.h"
#include "optim/unreached.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Exponential final : Schedule {
  double gamma = 0.95;
  std::string every = "epoch";

  std::vector<Field> own_fields() override {
    return {
        field("gamma", gamma, "Factor on the rate.", required(), more_than(0), at_most(1)),
        field("every", every, "Whether the factor comes with each epoch or each optimizer step.",
              one_of("epoch", "step")),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const int64_t count = every == "step" ? course.step : course.step / std::max<int64_t>(1, course.steps_per_epoch);
    return {.lr = base * std::pow(gamma, static_cast<double>(count))};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    return every == "step" ? std::vector<std::string>{} : unreached_epochs("every", 1, rest);
  }
};

const Registered<Schedule, Exponential> exponential_entry{"exponential",
                                                          "A learning rate that falls by a factor at each epoch."};

}  // namespace
}  // namespace dlrun
