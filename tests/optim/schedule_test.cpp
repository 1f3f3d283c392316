// The warm-up that goes before any schedule, against torch's LinearLR.

#include "optim/schedule.h"

#include <catch2/catch.hpp>

#include "spec/catalog.h"
#include "trajectory.h"

namespace dlrun::schedule_test {
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

std::vector<std::string> unreached(const std::string& yaml, const TrainingSpan& span) {
  return test::ScheduleHolder(yaml).lr_scheduler->unreached(span);
}

TEST_CASE("a warm-up that the training ends in is told with where it ends") {
  CHECK(unreached("{type: constant, warmup_steps: 99}", {100, 10}).empty());
  CHECK(unreached("{type: cosine, warmup_epochs: 3}", {100, 10}).empty());
  const std::vector<std::string> told = unreached("{type: cosine, warmup_steps: 200}", {100, 10});
  REQUIRE(told.size() == 1);
  CHECK(told[0] ==
        "lr_scheduler.warmup_steps: the rate rises for 200 steps, and the training has 100: it ends at 0.5 of the full "
        "rate, and nothing of the schedule after the rise happens");
  CHECK(unreached("{type: cosine, warmup_epochs: 10}", {100, 10})[0].find("lr_scheduler.warmup_epochs: ") == 0);
}

TEST_CASE("an epoch that a schedule waits for in vain is told, counted from the end of the warm-up") {
  const TrainingSpan span{100, 10};
  CHECK(unreached("{type: multi_step, milestones: [3, 9]}", span).empty());
  CHECK(unreached("{type: multi_step, milestones: [3, 10, 12]}", span) ==
        std::vector<std::string>{"lr_scheduler.milestones: epoch 10 after the warm-up is never over before the last "
                                 "step: the training has 100 steps after the warm-up, 10 of them an epoch"});
  CHECK(unreached("{type: multi_step, milestones: [9], warmup_epochs: 1}", span).size() == 1);
  CHECK(unreached("{type: step, every_n_epochs: 9}", span).empty());
  CHECK(unreached("{type: step, every_n_epochs: 10}", span).size() == 1);
  CHECK(unreached("{type: exponential, gamma: 0.9}", span).empty());
  CHECK(unreached("{type: exponential, gamma: 0.9}", {10, 10}).size() == 1);
  CHECK(unreached("{type: exponential, gamma: 0.9, every: step}", {10, 10}).empty());
  CHECK(unreached("{type: linear, epochs: 10}", span).size() == 1);
  CHECK(unreached("linear", span).empty());
  CHECK(unreached("{type: cosine_restarts, t_0: 20}", span).size() == 1);
  CHECK(unreached("{type: wsd, decay_steps: 101}", span).size() == 1);
  for (const char* never :
       {"constant", "cosine", "one_cycle", "polynomial", "inverse_sqrt", "wsd", "reduce_on_plateau"})
    CHECK(unreached(never, span).empty());
}

}  // namespace
}  // namespace dlrun::schedule_test
