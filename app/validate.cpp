// dlrun validate: everything that can be known to be wrong with a recipe before training.

#include "rehearsal/validate.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ValidateOptions>();
  add_recipe_options(app, options->recipe, options->overrides);
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_validate", *options); };
}

const RegisteredVerb verb{{"validate", "Check a recipe: keys, types, files, and the rules of its components",
                           "dlrun validate recipe.yaml\n"
                           "dlrun validate recipe.yaml optimizer.lr=10",
                           define}};

}  // namespace
}  // namespace dlrun
