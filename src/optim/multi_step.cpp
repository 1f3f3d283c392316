// A learning rate that drops by a factor at given epochs. (torch's MultiStepLR)

#include <algorithm>
#include <cmath>

#include "optim/schedule.h"
#include "optim/unreached.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MultiStep final : Schedule {
  std::vector<int64_t> milestones;
  double gamma = 0.1;

  std::vector<Field> own_fields() override {
    return {
        field("milestones", milestones, "Epochs (from the end of the warm-up) at which the rate drops.", required(),
              not_empty(), at_least(1)),
        field("gamma", gamma, "Factor of each drop.", more_than(0), at_most(1)),
    };
  }

  std::vector<Relation> own_relations() const override {
    return {{"milestones", "rising(milestones)", "must rise from one to the next"}};
  }

  Setting after_warmup(double base, const Course& course) const override {
    const int64_t epoch = course.step / std::max<int64_t>(1, course.steps_per_epoch);
    const auto drops = std::count_if(milestones.begin(), milestones.end(), [&](int64_t at) { return epoch >= at; });
    return {.lr = base * std::pow(gamma, static_cast<double>(drops))};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    for (const int64_t milestone : milestones) {
      const std::vector<std::string> told = unreached_epochs("milestones", static_cast<double>(milestone), rest);
      if (!told.empty()) return told;
    }
    return {};
  }
};

const Registered<Schedule, MultiStep> multi_step_entry{"multi_step",
                                                       "A learning rate that drops by a factor at given epochs."};

}  // namespace
}  // namespace dlrun
