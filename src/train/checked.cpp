// An experiment that is about to train.

#include "train/checked.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "rehearsal/checks.h"
#include "rehearsal/overlap_check.h"

namespace dlrun {

Checked checked(Recipe& recipe, const nlohmann::json& fitted, const Origins& origins, int verbosity) {
  BuildOptions options{.fitted = fitted, .keep_rows = true};
  std::optional<Stage> stage;
  try {
    stage.emplace(recipe, options);
  } catch (const UserError& error) {
    throw UserError(error.code(), with_place(error.what(), origins));
  }
  const TrainingCheck found = check_training(*stage, origins);
  try {
    if (fitted.is_object() && fitted.contains("contents"))
      refuse_change(fitted.at("contents").get<Contents>(), found.contents, recipe.data_check);
  } catch (const UserError& error) {
    throw UserError(error.code(), with_place(error.what(), origins));
  }
  options.fitted = stage->experiment().fitted;
  options.splits = stage->experiment().splits;
  stage.reset();
  set_log_verbosity(-2);  // The stage said all there is to say.
  auto experiment = std::make_unique<Experiment>(build(recipe, options));
  experiment->fitted["contents"] = found.contents;
  set_log_verbosity(verbosity);
  return {std::move(experiment), found.operations};
}

}  // namespace dlrun
