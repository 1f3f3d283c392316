// A learning rate that falls as a power of what is left of the training. (torch's PolynomialLR)

#include <algorithm>
#include <cmath>

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Polynomial final : Schedule {
  double power = 1.0;
  double min_lr = 0.0;

  std::vector<Field> own_fields() override {
    return {
        field("power", power, "Power of the share that is left; 0.9 is usual for segmentation.", more_than(0)),
        field("min_lr", min_lr, "Learning rate that is reached after the last step.", at_least(0)),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    const double left = std::max(0.0, 1.0 - static_cast<double>(course.step) / static_cast<double>(course.total_steps));
    return {.lr = min_lr + (base - min_lr) * std::pow(left, power)};
  }
};

const Registered<Schedule, Polynomial> polynomial_entry{"polynomial",
                                                        "A learning rate that falls as a power of what is left."};

}  // namespace
}  // namespace dlrun
