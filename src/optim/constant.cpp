// A learning rate that stays the same.

#include "optim/schedule.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Constant final : Schedule {
  std::vector<Field> fields() override { return common_fields(); }
  double after_warmup(double base, int64_t, const TrainingSpan&) const override { return base; }
};

const Registered<Schedule, Constant> entry{"constant", "A learning rate that stays the same."};

}  // namespace
}  // namespace dlrun
