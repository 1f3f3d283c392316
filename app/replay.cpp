// dlrun replay: a step that diverged, run again.

#include "train/replay.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ReplayOptions>();
  app.add_option("FOLDER", options->folder, "What a training kept of the step: runs/NAME/divergence/step-N")
      ->required()
      ->type_name("");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_replay", *options); };
}

const RegisteredVerb verb{{"replay", "Run a step that diverged again and name the operator that did it",
                           "dlrun replay runs/mlp/divergence/step-00000120\n"
                           "dlrun replay runs/mlp/divergence/step-00000120 --json",
                           define}};

}  // namespace
}  // namespace dlrun
