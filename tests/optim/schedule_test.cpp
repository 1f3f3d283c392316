// Schedules against torch.optim.lr_scheduler.

#include "optim/schedule.h"

#include <catch2/catch.hpp>

#include "golden.h"
#include "spec/read.h"

namespace dlrun {
namespace {

struct ScheduleHolder final : Params {
  Choice<Schedule> lr_scheduler;
  std::vector<Field> fields() override { return {field("lr_scheduler", lr_scheduler, "Under test.")}; }
};

std::vector<double> rates(const std::string& yaml, double base, int64_t steps, const TrainingSpan& span) {
  ScheduleHolder holder;
  read_text("lr_scheduler: " + yaml + "\n", "test.yaml", {}, holder);
  std::vector<double> values;
  for (int64_t step = 0; step < steps; ++step) values.push_back(holder.lr_scheduler->rate(base, step, span));
  return values;
}

void check(const std::vector<double>& ours, const nlohmann::json& golden) {
  REQUIRE(ours.size() == golden.size());
  for (size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(golden[i].get<double>()).epsilon(1e-9));
}

TEST_CASE("cosine equals CosineAnnealingLR") {
  check(rates("{type: cosine, min_lr: 0.01}", 0.2, 20, {20, 5}), read_golden("optim")["cosine"]);
}

TEST_CASE("step equals MultiStepLR, one scheduler step being an epoch") {
  const std::vector<double> all = rates("{type: step, milestones: [2, 3], gamma: 0.5}", 0.2, 18, {18, 3});
  std::vector<double> epochs;
  for (size_t i = 0; i < all.size(); i += 3) {
    CHECK(all[i] == all[i + 2]);
    epochs.push_back(all[i]);
  }
  check(epochs, read_golden("optim")["multistep"]);
}

TEST_CASE("warm-up rises linearly and hands over to the schedule") {
  // LinearLR's first rate is start_factor; ours is one step further, so that no step is done at rate 0.
  const nlohmann::json golden = read_golden("optim")["warmup"];
  const std::vector<double> ours = rates("{type: constant, warmup_steps: 4, warmup_start: 0.2}", 0.2, 6, {100, 10});
  for (size_t i = 0; i + 1 < ours.size(); ++i) CHECK(ours[i] == Approx(golden[i + 1].get<double>()));
  const std::vector<double> by_epochs = rates("{type: cosine, warmup_epochs: 0.5}", 1.0, 10, {10, 10});
  CHECK(by_epochs[4] == Approx(1.0));
  CHECK(by_epochs[5] == Approx(1.0));  // the first step of the cosine
  CHECK(by_epochs[9] < by_epochs[8]);
}

}  // namespace
}  // namespace dlrun
