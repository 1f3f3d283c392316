// A learning rate that falls along half a cosine. (Loshchilov & Hutter 2017; torch's CosineAnnealingLR)

#include <cmath>
#include <numbers>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Cosine final : Schedule {
  double min_lr = 0.0;

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields();
    fields.push_back(field("min_lr", min_lr, "Learning rate that is reached after the last step.", at_least(0)));
    return fields;
  }

  double after_warmup(double base, int64_t step, const TrainingSpan& span) const override {
    const double done = std::min(1.0, static_cast<double>(step) / static_cast<double>(span.total_steps));
    return min_lr + (base - min_lr) * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  }
};

const Registered<Schedule, Cosine> entry{"cosine", "A learning rate that falls along half a cosine."};

}  // namespace
}  // namespace dlrun
