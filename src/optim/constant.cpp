// A learning rate that stays the same.

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Constant final : Schedule {
  Setting after_warmup(double base, const Course&) const override { return {.lr = base}; }
};

const Registered<Schedule, Constant> constant_entry{"constant", "A learning rate that stays the same."};

}  // namespace
}  // namespace dlrun
