// dlrun compare: run folders in, which is better and whether that is more than noise out.

#include "report/compare.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  app.add_option("RUN", options->runs, "Two run folders or more; all others are compared with the first")
      ->required()
      ->type_name("");
  app.add_option("--metric", options->metric, "By which of the runs' metrics; default: the first that all have")
      ->type_name("NAME");
  app.add_option("--split", options->split, "train, val or test; default: test, or val where there is none")
      ->check(CLI::IsMember({"train", "val", "test"}))
      ->type_name("NAME");
  app.add_option("--checkpoint", options->checkpoint, "best, last, or a step")
      ->capture_default_str()
      ->type_name("WHICH");
  app.add_option("--set", options->overrides, "Override a key of every run's recipe: --set data.path=/elsewhere")
      ->type_name("a.b=value")
      ->type_size(1)
      ->allow_extra_args(false);
  app.add_option("--bootstrap", options->bootstrap, "How often samples are drawn again, the same for both")
      ->check(CLI::Range(int64_t{100}, int64_t{1000000}))
      ->capture_default_str()
      ->type_name("TIMES");
  app.add_option("--seed", options->seed, "Of these draws")->capture_default_str()->type_name("NUMBER");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_compare", *options); };
}

const RegisteredVerb verb{{"compare", "Say whether one run is better than another by more than noise, and what differs",
                           "dlrun compare runs/mlp runs/cnn\n"
                           "dlrun compare runs/mlp runs/cnn --split val --json",
                           define}};

}  // namespace
}  // namespace dlrun
