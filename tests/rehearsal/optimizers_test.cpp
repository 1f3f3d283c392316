// Optimizers and schedules before training: what one is said to keep, and options that cannot work.

#include <catch2/catch.hpp>
#include <filesystem>

#include "optim/flat_parameters.h"
#include "recipes.h"
#include "rehearsal/checks.h"
#include "rehearsal/rehearsal.h"
#include "spec/read.h"
#include "step/trained_parameters.h"

namespace dlrun::optimizers_test {

namespace {

// What the check of a small recipe says; empty: nothing.
std::string problem(const std::string& name, const std::vector<std::string>& overrides) {
  std::filesystem::current_path(test::source_dir());
  try {
    Recipe recipe;
    const Origins origins = read_file("tests/recipes/" + name + ".yaml", {overrides}, recipe);
    check(recipe, origins);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the optimizer's memory in a rehearsal on meta is what its tensors take with real weights") {
  std::filesystem::current_path(test::source_dir());
  for (const std::filesystem::path& file : test::small_recipe_files()) {
    INFO(file);
    Recipe recipe;
    read_file(file.string(), {{"hardware.threads=1"}}, recipe);
    BuildOptions without_weights;
    without_weights.weights = false;
    const StepCost cost = rehearse(build(recipe, without_weights), {.batch_size = 4, .repeat = 2}).cost;

    const Experiment experiment = build(recipe, {});
    std::vector<std::vector<NamedTensor>> slots = trained_parameters(recipe, *experiment.all);
    int64_t bytes = 0;
    for (const std::vector<NamedTensor>& of_player : slots) {
      const FlatParameters parameters(of_player, *recipe.optimizer, experiment.channels_last);
      for (const auto& [name, tensor] : parameters.state())
        if (!name.starts_with("step.")) bytes += static_cast<int64_t>(tensor.nbytes());
    }
    CHECK(cost.optimizer == bytes);
    CHECK(bytes > 0);
  }
}

TEST_CASE("options that cannot work are refused before training, each at its place") {
  using Catch::StartsWith;
  CHECK(problem("muon", {}).empty());
  CHECK_THAT(
      problem("muon", {"optimizer.companion.match=head"}),
      StartsWith("argument optimizer.companion.match=head: optimizer.companion.match: \"head\" matches no weight "
                 "matrix"));
  CHECK_THAT(problem("muon", {"optimizer.companion.match=weight"}),
             StartsWith("tests/recipes/muon.yaml:13:3: optimizer: muon is for weight matrices"));
  CHECK_THAT(problem("reduce_on_plateau", {"checkpoint.monitor=''"}),
             StartsWith("tests/recipes/reduce_on_plateau.yaml:13:15: lr_scheduler: reduce_on_plateau follows what "
                        "checkpoint.monitor names, and nothing is monitored"));
  CHECK_THAT(problem("reduce_on_plateau", {"lr_scheduler.min_lr=0.5"}),
             Catch::Contains("lr_scheduler.min_lr: must not be above the learning rate"));
  CHECK_THAT(problem("one_cycle", {"optimizer=adagrad"}),
             Catch::Contains("lr_scheduler.cycle_momentum: moves a momentum that the optimizer does not have"));
  CHECK_THAT(problem("one_cycle", {"optimizer={type: sgd, lr: 0.1}"}),
             Catch::Contains("lr_scheduler.cycle_momentum: moves a momentum that the optimizer does not have"));
  CHECK(problem("one_cycle", {"optimizer=adagrad", "lr_scheduler.cycle_momentum=false"}).empty());
  CHECK(problem("one_cycle", {"optimizer=adamw"}).empty());
}

}  // namespace dlrun::optimizers_test
