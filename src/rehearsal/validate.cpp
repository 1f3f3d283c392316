// The verb validate: the whole recipe without training.

#include "rehearsal/validate.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/long_work.h"
#include "rehearsal/checks.h"
#include "spec/read.h"
#include "sweep/space.h"

int dlrun_validate(const dlrun::ValidateOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  Recipe recipe;
  const Origins origins = read_file(options.recipe, {options.overrides}, recipe);
  if (recipe.sweep)
    for (const Varied& varied : varied_in(*recipe.sweep, origins)) swept_key(varied, recipe);
  for (const Check& check : check(recipe, origins)) {
    if (options.json)
      fmt::print(
          "{}\n",
          nlohmann::ordered_json{{"event", "check"}, {"version", 1}, {"check", check.name}, {"detail", check.detail}}
              .dump());
    else
      fmt::print("{:<10} {}\n", check.name, check.detail);
  }
  if (options.json)
    fmt::print("{{\"event\":\"validate\",\"version\":1,\"ok\":true}}\n");
  else
    fmt::print("{}: valid\n", options.recipe);
  return 0;
}
