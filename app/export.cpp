// dlrun export: a run's checkpoint as files other programs load.

#include "export/export.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  add_run_options(app, options->run, options->overrides);
  app.add_option("--format", options->format, "An exporter; see dlrun list exporter. Without it, the recipe's")
      ->type_name("NAME");
  app.add_option("-o,--output", options->output, "Folder to write into; without it, export/ in the run folder")
      ->type_name("PATH");
  app.add_option("--checkpoint", options->checkpoint, "best, last, or a step")
      ->capture_default_str()
      ->type_name("WHICH");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_export", *options); };
}

const RegisteredVerb verb{{"export", "Write a run's checkpoint in a format other programs load",
                           "dlrun export runs/mlp\n"
                           "dlrun export runs/mlp --format onnx\n"
                           "dlrun export runs/mlp --format onnx export.opset=18 --output deployed",
                           define}};

}  // namespace
}  // namespace dlrun
