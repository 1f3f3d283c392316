// The scale of the loss against torch.amp.GradScaler, and what it does to a step.

#include "step/loss_scale.h"

#include <catch2/catch.hpp>

#include "golden.h"
#include "recipes.h"
#include "spec/read.h"
#include "step/step.h"

namespace dlrun::loss_scale_test {
namespace {

// One turn of a small network on given numbers, in float16.
struct Half {
  Recipe recipe;
  std::unique_ptr<Experiment> experiment;
  std::unique_ptr<Step> step;
  Batch batch;
  explicit Half(const std::string& precision) {
    read_file((test::source_dir() / "tests/recipes/half_precision.yaml").string(),
              {{"hardware.precision=" + precision, "hardware.threads=1"}}, recipe);
    experiment = std::make_unique<Experiment>(build(recipe, {}));
    step = std::make_unique<Step>(*experiment);
    const std::unique_ptr<Feed> feed = experiment->feed();
    feed->seek(0);
    batch = experiment->place(feed->next());
  }
  TurnNumbers learn() {
    const std::vector<Part> parts = {{{0, batch.count}, batch}};
    const Outcome outcome = step->learn(0, parts, 0);
    return step->limit(0, outcome);
  }
  at::Tensor gradients() { return step->learner(0).parameters->gradients().front().clone(); }
};

}  // namespace

TEST_CASE("the scale falls and rises as GradScaler's") {
  const nlohmann::json golden = read_golden("autocast")["scales"];
  LossScale scale;
  scale.patience = 4;
  for (size_t i = 0; i < golden.size(); ++i) {
    i == 2 || i == 10 ? scale.overflowed() : scale.fitted();
    CHECK(scale.value == golden[i].get<double>());
  }
  CHECK(scale.skipped == 2);
}

TEST_CASE("gradients of a scaled loss are those of the loss, and one that overflows is left out") {
  test::find_data();
  Half exact("32"), half("16-mixed");
  REQUIRE(half.step->loss_scale());
  CHECK_FALSE(exact.step->loss_scale());
  const TurnNumbers wanted = exact.learn(), given = half.learn();
  CHECK(given.finite);
  CHECK(given.loss == Approx(wanted.loss).epsilon(2e-3));
  CHECK((half.gradients() - exact.gradients()).norm().item<double>() <= 1e-2 * exact.gradients().norm().item<double>());
  CHECK_FALSE(half.gradients().equal(exact.gradients()));
  CHECK(half.step->loss_scale()->held == 1);

  half.step->loss_scale()->value = 1e30;
  const TurnNumbers over = half.learn();
  CHECK_FALSE(over.finite);
  CHECK(over.overflowed);
  CHECK(half.step->loss_scale()->value == 5e29);
  CHECK(half.step->loss_scale()->held == 0);
  half.step->loss_scale()->value = 1024;
  CHECK(half.learn().finite);
}

}  // namespace dlrun::loss_scale_test
