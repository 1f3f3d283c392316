// A learning rate that falls along half a cosine. (Loshchilov & Hutter 2017; torch's CosineAnnealingLR)

#include <cmath>
#include <numbers>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Cosine final : Schedule {
  double min_lr = 0.0;

  std::vector<Field> own_fields() override {
    return {field("min_lr", min_lr, "Learning rate that is reached after the last step.", at_least(0))};
  }

  Setting after_warmup(double base, const Course& course) const override {
    const double done = std::min(1.0, static_cast<double>(course.step) / static_cast<double>(course.total_steps));
    return {.lr = min_lr + (base - min_lr) * 0.5 * (1.0 + std::cos(std::numbers::pi * done))};
  }
};

const Registered<Schedule, Cosine> cosine_entry{"cosine", "A learning rate that falls along half a cosine."};

}  // namespace
}  // namespace dlrun
