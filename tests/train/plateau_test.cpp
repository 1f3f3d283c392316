// A schedule that follows validations, in a training: what it is told, and that a resumed run goes on with the same
// bits.

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "train/poisoned.h"
#include "train/training.h"

namespace dlrun::plateau_test {
namespace {

// An improvement has to be enormous, so that nearly every validation after the first drops the rate.
const std::vector<std::string> kShort = {"trainer.epochs=null",         "trainer.max_steps=12",
                                         "trainer.batch_size=16",       "trainer.validate_every_n_steps=2",
                                         "trainer.limit_val_batches=1", "trainer.limit_train_batches=5",
                                         "checkpoint.save_top_k=9",     "logging.every_n_steps=1",
                                         "hardware.threads=1",          "lr_scheduler.threshold_mode=abs",
                                         "lr_scheduler.threshold=10",   "lr_scheduler.patience=1"};

std::string recipe_text() {
  std::filesystem::current_path(test::source_dir());
  return test::read_bytes(test::source_dir() / "tests/recipes/reduce_on_plateau.yaml");
}

std::vector<double> rates(const test::Training& training) {
  std::vector<double> rates;
  for (const nlohmann::json& record : training.events("step")) rates.push_back(record.at("lr"));
  return rates;
}

TEST_CASE("the rate drops after the validations that say so") {
  const test::TempDir temp;
  test::Training training(recipe_text(), temp / "run", {kShort, {}, {}});
  REQUIRE(training.trainer->run() == Ending::complete);
  // Validations after steps 2, 4, 6, ...: the first is the best, two more without improvement halve the rate.
  const std::vector<double> expected = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025};
  const std::vector<double> found = rates(training);
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]));
  const Course course = training.trainer->course();
  REQUIRE(course.monitored.size() == 6);
  CHECK(course.higher_is_better);  // accuracy
  const std::vector<nlohmann::json> validations = training.events("validation");
  for (size_t i = 0; i < 6; ++i) CHECK(course.monitored[i] == validations[i].at("val/accuracy").get<double>());
}

TEST_CASE("a run that follows validations and is resumed ends with the same bits, from any checkpoint") {
  const test::TempDir temp;
  TensorList whole;
  {
    test::Training training(recipe_text(), temp / "run", {kShort, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    whole = training.state();
  }
  const std::string metrics = test::plain_metrics(temp / "run");
  for (const int64_t from : {10, 6, 2}) {
    INFO("from step " << from);
    test::Training resumed(recipe_text(), temp / "run", {kShort, {}, from});
    REQUIRE(resumed.trainer->run() == Ending::complete);
    CHECK(test::same_tensors(resumed.state(), whole));
    CHECK(test::plain_metrics(temp / "run") == metrics);
  }
}

TEST_CASE("a validation that is not finite is no improvement, before and after resuming") {
  const test::Table table;
  const std::vector<std::string> overrides = {
      "data.val={split: 0.2}", "lr_scheduler={type: reduce_on_plateau, patience: 1, factor: 0.5}",
      "checkpoint.monitor=val/loss", "checkpoint.save_top_k=9", "trainer.validate_every_n_steps=7"};
  const auto prepare = [](Experiment& experiment) {
    auto split = std::make_shared<test::Poisoned>();
    split->healthy = experiment.splits.val;
    split->samples = {3};
    experiment.splits.val = split;
  };
  const std::string run = table.temp / "run";
  TensorList whole;
  {
    test::Training training(table.recipe, run, {overrides, prepare, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    // Eight validations, none of them better than none: every second one halves the rate.
    CHECK(training.trainer->course().monitored.size() == 8);
    CHECK(std::isnan(training.trainer->course().monitored.front()));
    CHECK(training.events("step").back().at("lr") == Approx(0.01 / 8));
    whole = training.state();
  }
  std::vector<std::string> part = overrides;
  part.push_back("trainer.max_steps=35");
  REQUIRE(test::Training(table.recipe, run, {part, prepare, {}}).trainer->run() == Ending::complete);
  test::Training resumed(table.recipe, run, {overrides, prepare, 35});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  CHECK(test::same_tensors(resumed.state(), whole));
}

}  // namespace
}  // namespace dlrun::plateau_test
