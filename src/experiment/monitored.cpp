// What a run monitors, by the recipe it stored.

#include "experiment/monitored.h"

#include "experiment/recipe.h"
#include "run/run_folder.h"
#include "spec/read.h"

int dlrun_monitored(const dlrun::MonitoredOptions& options) {
  using namespace dlrun;
  const RunFolder folder = RunFolder::open(options.run);
  Recipe recipe;
  read_text(folder.recipe_text(), folder.recipe_file(), {}, recipe);
  *options.name = recipe.checkpoint.monitor;
  *options.higher = higher_is_better(recipe.checkpoint.monitor, recipe.checkpoint.mode, recipe.metrics);
  return 0;
}
