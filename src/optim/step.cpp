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

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields();
    fields.push_back(
        field("milestones", milestones, "Epochs (from the end of the warm-up) at which the rate drops.", at_least(1)));
    fields.push_back(field("every_n_epochs", every_n_epochs, "Drop every so many epochs instead.", at_least(1)));
    fields.push_back(field("gamma", gamma, "Factor of each drop.", more_than(0), at_most(1)));
    return fields;
  }

  std::vector<Relation> relations() const override {
    std::vector<Relation> all = Schedule::relations();
    all.push_back({"milestones", "count(milestones, every_n_epochs) == 1", "give either milestones or every_n_epochs"});
    all.push_back({"milestones", "rising(milestones)", "must rise from one to the next"});
    return all;
  }

  double after_warmup(double base, int64_t step, const TrainingSpan& span) const override {
    const int64_t epoch = step / std::max<int64_t>(1, span.steps_per_epoch);
    int64_t drops = 0;
    if (every_n_epochs) drops = epoch / *every_n_epochs;
    for (int64_t milestone : milestones) drops += epoch >= milestone;
    return base * std::pow(gamma, static_cast<double>(drops));
  }
};

const Registered<Schedule, Step> entry{"step", "A learning rate that drops by a factor at given epochs."};

}  // namespace
}  // namespace dlrun
