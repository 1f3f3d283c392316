// A run that goes on is the run that was begun.

#include "train/resumed.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "run/processor.h"
#include "spec/read.h"
#include "spec/write.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

// Whether some loss of the recipe still has to know how many samples each class has.
bool asks_for_counts(const Recipe& recipe) {
  bool asks = recipe.loss->asks_for_counts();
  if (const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get()))
    for (const TargetPart& part : several->parts()) asks = asks || (*part.loss)->asks_for_counts();
  return asks;
}

// The losses that know it, where they stand: those of several targets in the task.
void take_losses(Recipe& recipe, const Recipe& from) {
  recipe.loss = from.loss;
  if (dynamic_cast<const SeveralTargets*>(recipe.task.value.get())) recipe.task = from.task;
}

}  // namespace

std::unique_ptr<Recipe> read_stored(const RunFolder& folder) {
  auto stored = std::make_unique<Recipe>();
  read_text(folder.recipe_text(), folder.recipe_file(), {}, *stored);
  return stored;
}

// A schedule that spans the whole training is another one when the training is longer: the rate jumps where it goes on.
void tell_other_rates(const Recipe& recipe, const Course& now, int64_t total_steps_before) {
  Course before = now;
  before.total_steps = total_steps_before;
  const double base = recipe.optimizer->lr;
  const double old_rate = recipe.lr_scheduler->at(base, before).lr, rate = recipe.lr_scheduler->at(base, now).lr;
  if (std::abs(rate - old_rate) <= 1e-3 * base) return;
  log_warning(fmt::format(
      "lr_scheduler: {} spans the whole training, {} steps when the run was started and {} now: after step {} the rate "
      "goes on at {:.3g}, where it was to be {:.3g}",
      recipe.lr_scheduler.type, before.total_steps, now.total_steps, now.step, rate, old_rate));
}

// Checkpoints of earlier versions do not say what they were computed on.
void tell_other_processor(const Checkpoint& checkpoint) {
  of_stored(checkpoint.folder, "processor", [&] {
    const std::string change =
        processor_change(checkpoint.values.value("processor", nlohmann::json()), describe_processor());
    if (!change.empty()) log_warning(change);
  });
}

bool check_same_run(Recipe& stored, Recipe& recipe) {
  std::string differing;
  bool same_length = true;
  if (recipe.checkpoint.monitor == "auto") recipe.checkpoint.monitor = stored.checkpoint.monitor;
  // What the data had to say of classes the stored recipe knows.
  const bool balanced = asks_for_counts(recipe) && !asks_for_counts(stored);
  for (const Difference& difference : diff(stored, recipe)) {
    const std::string& path = difference.path;
    // May change when a run goes on: what happens next time decides no number of what is done.
    if (path == "trainer.on_divergence" || path == "trainer.max_divergences" || path == "trainer.divergence_lr_factor")
      continue;
    if (path == "output_dir" || path == "description" || path.starts_with("logging") || path.starts_with("diagnosis") ||
        path.starts_with("data_check") || path.starts_with("export") || path.starts_with("sweep"))
      continue;
    if (balanced && (path.starts_with("loss.") || path.starts_with("task.of.")) &&
        (path.find(".class_weights") != std::string::npos || path.ends_with(".balance_classes")))
      continue;
    if (path == "trainer.epochs" || path == "trainer.max_steps") same_length = false;
    if (path == "trainer.epochs" || path == "trainer.max_steps" || path == "hardware.loader_threads" ||
        path == "checkpoint.min_seconds" || path == "hardware.devices" || path == "hardware.strategy" ||
        path == "hardware.tensor_parallel_degree" || path == "hardware.pipeline_parallel_degree" ||
        path == "hardware.timeout_seconds")
      continue;
    differing += "\n  " + path + ": " + difference.left + " in the run, " + difference.right + " now";
  }
  if (!differing.empty())
    throw UserError(ExitCode::bad_recipe, "--resume: the recipe is not the one this run was started with:" + differing +
                                              "\nStart another run (output_dir=...), or resume without these changes.");
  if (balanced) take_losses(recipe, stored);
  return same_length;
}

std::string with_found(const std::string& text, const Recipe& found) {
  Recipe recipe;
  read_text(text, "recipe.yaml", {}, recipe);
  recipe.checkpoint.monitor = found.checkpoint.monitor;
  if (asks_for_counts(recipe)) take_losses(recipe, found);
  return write_yaml(recipe);
}

}  // namespace dlrun
