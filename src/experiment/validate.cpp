// The verb validate: the whole recipe without training.

#include "experiment/validate.h"

#include <fmt/format.h>

#include "base/log.h"
#include "experiment/layers.h"
#include "spec/read.h"

int dlrun_validate(const dlrun::ValidateOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  Recipe recipe;
  read_file(options.recipe, {options.overrides}, recipe);
  const Experiment experiment = build(recipe, {});
  describe_layers(experiment);  // One forward and one loss: shapes fit.
  if (options.json)
    fmt::print("{{\"event\":\"validate\",\"version\":1,\"ok\":true}}\n");
  else
    fmt::print("{}: valid\n", options.recipe);
  return 0;
}
