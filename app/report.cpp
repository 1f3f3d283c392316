// dlrun report: run folders in, a page out.

#include "report/report.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  app.add_option("RUN", options->runs, "Run folders, as `dlrun train` made them, or the folder of a sweep")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options->output,
                 "File of the page; default: report.html in the run folder, of several runs in this one")
      ->type_name("FILE");
  app.add_flag(
      "--evaluate", options->evaluate,
      "Of one run: look at the held-out samples again, for the confusion matrix and how each class is recognised, the "
      "samples it is worst at and some at random, and its layers");
  app.add_option("--png", options->png, "File for the curves as a picture; needs librsvg")->type_name("FILE");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_report", *options); };
}

const RegisteredVerb verb{{"report", "Show runs as a page: results, curves, what was noticed, recipe, environment",
                           "dlrun report runs/mlp\n"
                           "dlrun report runs/mlp --evaluate\n"
                           "dlrun report runs/mlp runs/cnn -o compare.html --png compare.png\n"
                           "dlrun report runs/mlp-sweep",
                           define}};

}  // namespace
}  // namespace dlrun
