// dlrun data check: what is wrong with the data of a recipe.

#include "report/data_check.h"

#include "base/error.h"
#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<DataCheckOptions>();
  auto what = std::make_shared<std::string>();  // written to when the line is parsed, after this function has ended
  app.add_option("WHAT", *what, "check: leaks between splits, duplicates, wrong labels, unreadable files")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"check"}));
  add_recipe_options(app, options->recipe, options->overrides);
  app.add_option("-o,--output", options->output, "Folder of the report; default: beside the run folder")
      ->type_name("FOLDER");
  add_common_options(app, *options);
  return [options, what] { return call_engine("dlrun_data_check", *options); };
}

const RegisteredVerb verb{{"data", "Check the data of a recipe: leaks, duplicates, labels, unreadable files",
                           "dlrun data check recipe.yaml\n"
                           "dlrun data check recipe.yaml data_check.group_column=patient --json",
                           define}};

}  // namespace
}  // namespace dlrun
