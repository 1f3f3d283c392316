// A learning rate that drops by a factor at given epochs. (torch's StepLR and MultiStepLR)

#include <cmath>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Step final : Schedule {
  std::vector<int64_t> milestones;
  std::optional<int64_t> every_n_epochs;
  double gamma = 0.1;

  std::vector<Field> own_fields() override {
    return {
        field("milestones", milestones, "Epochs (from the end of the warm-up) at which the rate drops.", at_least(1)),
        field("every_n_epochs", every_n_epochs, "Drop every so many epochs instead.", at_least(1)),
        field("gamma", gamma, "Factor of each drop.", more_than(0), at_most(1)),
    };
  }

  std::vector<Relation> own_relations() const override {
    return {
        {"milestones", "count(milestones, every_n_epochs) == 1", "give either milestones or every_n_epochs"},
        {"milestones", "rising(milestones)", "must rise from one to the next"},
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const int64_t epoch = course.step / std::max<int64_t>(1, course.steps_per_epoch);
    int64_t drops = 0;
    if (every_n_epochs) drops = epoch / *every_n_epochs;
    for (int64_t milestone : milestones) drops += epoch >= milestone;
    return {.lr = base * std::pow(gamma, static_cast<double>(drops))};
  }
};

const Registered<Schedule, Step> entry{"step", "A learning rate that drops by a factor at given epochs."};

}  // namespace
}  // namespace dlrun
