// dlrun advise: data in, networks to begin with out.

#include "advice/advise.h"

#include "engine.h"
#include "question_options.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<AdviseOptions>();
  app.add_option("DATA", options->data, "A table, or a folder or archive of pictures")->required()->type_name("");
  add_question_options(app, *options);
  app.add_option("-o,--output", options->output, "Folder for a recipe of each network; without it the first is shown")
      ->type_name("FOLDER");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_advise", *options); };
}

const RegisteredVerb verb{{"advise", "Look at data and name networks to begin with, each with a recipe that trains",
                           "dlrun advise prices.csv --target price\n"
                           "dlrun advise photographs/ --output recipes",
                           define}};

}  // namespace
}  // namespace dlrun
