// Half cosines, one after the other, each from the full rate. (Loshchilov & Hutter 2017, SGDR; torch's
// CosineAnnealingWarmRestarts, moved at each step)

#include <algorithm>
#include <cmath>
#include <numbers>

#include "optim/schedule.h"
#include "optim/unreached.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct CosineRestarts final : Schedule {
  double t_0 = 10.0;
  int64_t t_mult = 1;
  double min_lr = 0.0;

  std::vector<Field> own_fields() override {
    return {
        field("t_0", t_0, "Epochs (from the end of the warm-up) of the first cosine.", required(), more_than(0)),
        field("t_mult", t_mult, "Each cosine takes this times the epochs of the one before.", at_least(1)),
        field("min_lr", min_lr, "Learning rate at the end of each cosine.", at_least(0)),
    };
  }

  Setting after_warmup(double base, const Course& course) const override {
    double length = std::max(1.0, t_0 * static_cast<double>(course.steps_per_epoch));
    auto step = static_cast<double>(course.step);
    if (t_mult == 1) step = std::fmod(step, length);
    for (; step >= length; length *= static_cast<double>(t_mult)) step -= length;
    return {.lr = min_lr + (base - min_lr) * 0.5 * (1.0 + std::cos(std::numbers::pi * step / length))};
  }

  std::vector<std::string> own_unreached(const TrainingSpan& rest) const override {
    return unreached_epochs("t_0", t_0, rest);
  }
};

const Registered<Schedule, CosineRestarts> cosine_restarts_entry{"cosine_restarts",
                                                                 "Half cosines that begin again at the full rate."};

}  // namespace
}  // namespace dlrun
