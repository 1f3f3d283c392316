// The warm-up that goes before any schedule, against torch's LinearLR.

#include "optim/schedule.h"

#include <catch2/catch.hpp>

#include "spec/catalog.h"
#include "trajectory.h"

namespace dlrun {
namespace {

TEST_CASE("warm-up rises linearly and hands over to the schedule") {
  // LinearLR's first rate is start_factor; ours is one step further, so that no step is done at rate 0.
  const nlohmann::json golden = read_golden("optim/schedule")["warmup"];
  const std::vector<double> ours =
      test::rates("{type: constant, warmup_steps: 4, warmup_start: 0.2}", 0.2, 6, {100, 10});
  for (size_t i = 0; i + 1 < ours.size(); ++i) CHECK(ours[i] == Approx(golden[i + 1].get<double>()));
  const std::vector<double> by_epochs = test::rates("{type: cosine, warmup_epochs: 0.5}", 1.0, 10, {10, 10});
  CHECK(by_epochs[4] == Approx(1.0));
  CHECK(by_epochs[5] == Approx(1.0));  // the first step of the cosine
  CHECK(by_epochs[9] < by_epochs[8]);
}

TEST_CASE("every schedule has the warm-up's keys before its own") {
  for (const Entry* entry : Catalog::instance().entries(Schedule::kind)) {
    INFO(entry->name);
    const std::vector<Field> fields = entry->make()->fields();
    REQUIRE(fields.size() >= 3);
    CHECK(fields[0].name == "warmup_epochs");
    CHECK(fields[1].name == "warmup_steps");
    CHECK(fields[2].name == "warmup_start");
  }
}

TEST_CASE("a warm-up in steps and in epochs is refused") {
  CHECK(test::refusal<test::ScheduleHolder>("{type: reduce_on_plateau, warmup_steps: 4, warmup_epochs: 1}")
            .find("lr_scheduler.warmup_steps: given together with warmup_epochs") != std::string::npos);
}

}  // namespace
}  // namespace dlrun
