// The trainings that a recipe with `repeat` stands for.

#include "experiment/members.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/splits.h"
#include "experiment/fold_members.h"
#include "run/run_folder.h"
#include "run/run_marker.h"
#include "run/safetensors.h"
#include "run/weights.h"

namespace dlrun {
namespace {

// The rule by which the data make this split of their rows; null where the recipe gives none, or it is no rule.
SplitRule* rule_of(const Recipe& recipe, const std::string& split) {
  for (const Field& field : recipe.data.value->fields()) {
    if (field.name != split) continue;
    if (auto* inner = std::get_if<AnyOptional*>(&field.slot)) return dynamic_cast<SplitRule*>((*inner)->value.get());
  }
  return nullptr;
}

bool by_folds(const Recipe& recipe) { return recipe.repeat && recipe.repeat->folds != "none"; }

int64_t folds_of(const Recipe& recipe) {
  if (!by_folds(recipe)) return 1;
  const SplitRule* rule = rule_of(recipe, recipe.repeat->folds);
  if (!rule || !rule->folds)
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("repeat.folds: goes through the folds of data.{0}, which has none; give it some: "
                                "data.{0}.folds=5",
                                recipe.repeat->folds));
  return *rule->folds;
}

// Whether the data would make a validation split of their rows if they were asked to, and are not.
bool lacks_validation(const Recipe& recipe) {
  for (const Field& field : recipe.data.value->fields())
    if (auto* inner = std::get_if<AnyOptional*>(&field.slot); inner && field.name == "val") return !(*inner)->value;
  return false;
}

Restored restore_soup(const RestoreOptions& options) {
  if (options.checkpoint != "best")
    throw UserError(ExitCode::usage, fmt::format("{}: a soup has no checkpoints; each member has: {}", options.run,
                                                 member_folder(options.run, 0)));
  RestoreOptions one = options;
  one.run = member_folder(options.run, 0);
  Restored restored = restore(one);
  const std::string file = soup_file(options.run);
  if (FileSystem::instance().kind(file) != FileKind::file)
    throw UserError(ExitCode::no_input,
                    fmt::format("{}: there is no soup yet; dlrun train {} --resume goes on with its "
                                "members",
                                file, options.run));
  load_weights(restored.experiment->all->state(), read_safetensors(file).tensors, file);
  restored.origin = "soup of members";
  restored.checkpoint.step = -1;
  restored.run = options.run;
  return restored;
}

}  // namespace

int64_t member_count(const Recipe& recipe) {
  if (recipe.repeat && recipe.repeat->soup == "greedy" && lacks_validation(recipe))
    throw UserError(ExitCode::bad_recipe,
                    "repeat.soup: greedy chooses members on the validation split, and the recipe asks for none; give "
                    "data.val, or soup: uniform");
  return recipe.repeat ? recipe.repeat->seeds * folds_of(recipe) : 1;
}

std::string soup_file(const std::string& run) { return run + "/" + soup_name; }

void become_member(Recipe& recipe, int64_t index) {
  const int64_t folds = folds_of(recipe);
  if (by_folds(recipe))
    rule_of(recipe, recipe.repeat->folds)->fold = index % folds;
  else
    for (const char* split : {"val", "test", "unlabelled"})
      if (SplitRule* rule = rule_of(recipe, split); rule && draws(*rule) && !rule->seed) rule->seed = recipe.seed;
  recipe.seed += index / folds;
  recipe.output_dir = member_folder(recipe.output_dir, index);
  recipe.repeat = {};
}

std::string member_folder(const std::string& run, int64_t index) {
  return fmt::format("{}/members/{}", run, index + 1);
}

std::string member_difference(const Recipe& recipe, int64_t index) {
  const int64_t folds = folds_of(recipe);
  std::string text;
  if (recipe.repeat->seeds > 1) text = fmt::format("seed {}", recipe.seed + index / folds);
  if (by_folds(recipe)) text += fmt::format("{}fold {} of {}", text.empty() ? "" : ", ", index % folds, folds);
  return text;
}

Restored restore_members(const RestoreOptions& options, const Recipe& recipe) {
  if (by_folds(recipe)) return restore_fold_members(options, recipe);
  if (recipe.repeat->soup != "none") return restore_soup(options);
  RestoreOptions one = options;
  one.run = member_folder(options.run, 0);
  Restored restored = restore(one);
  Experiment& experiment = *restored.experiment;
  const Task& task = *restored.recipe->task;
  if (!task.averages() || experiment.all != std::static_pointer_cast<Module>(experiment.network))
    throw UserError(ExitCode::usage, fmt::format("{}: the answers of task {} have no mean; each member is a run of its "
                                                 "own: {}",
                                                 options.run, restored.recipe->task.type, one.run));
  std::vector<std::shared_ptr<Network>> networks = {experiment.network};
  for (int64_t i = 1; i < member_count(recipe); ++i) {
    one.run = member_folder(options.run, i);
    one.data = false;
    one.inputs.clear();
    const Restored other = restore(one);
    if (other.experiment->fitted != experiment.fitted)
      throw UserError(ExitCode::bad_data,
                      fmt::format("{}: was trained on other data than {}", one.run, member_folder(options.run, 0)));
    networks.push_back(other.experiment->network);
  }
  restored.origin = fmt::format("{} of {} members", restored.word, networks.size());
  restored.checkpoint.step = -1;
  experiment.use(mean_of_networks(std::move(networks), averaged_of(task, *restored.recipe->loss)));
  restored.run = options.run;
  return restored;
}

}  // namespace dlrun
