// dlrun sweep: a recipe and what is varied in it; out comes what is best on the validation data.

#include "sweep/sweep.h"

#include "base/signals.h"
#include "catalog_data.h"
#include "engine.h"
#include "experiment/monitored.h"
#include "report/report.h"
#include "verb.h"

namespace dlrun {
namespace {

Monitored monitored_by(const std::string& run) {
  Monitored monitored;
  call_engine("dlrun_monitored", MonitoredOptions{run, &monitored.name, &monitored.higher});
  return monitored;
}

void write_page(const std::string& folder) {
  ReportOptions options;
  options.runs = {folder};
  options.tells = false;
  call_engine("dlrun_report", options);
}

std::function<int()> define_sweep(CLI::App& app) {
  auto options = std::make_shared<SweepOptions>();
  app.add_option("RECIPE", options->recipe, "A recipe file; with --resume also the folder of a sweep")
      ->required()
      ->type_name("");
  app.add_option("a.b=value", options->arguments,
                 "Keys of the recipe, beside what its block `sweep` says: several values at commas, or an interval "
                 "low..high or low..high:log, are varied; "
                 "one value holds for all trials")
      ->type_name("");
  app.add_option(
         "--strategy", options->strategy,
         "grid: every combination; random; tpe: more often where trials were good. Default: grid where all keys "
         "have lists and --trials is not given, else tpe")
      ->type_name("NAME")
      ->check(CLI::IsMember({"auto", "grid", "random", "tpe"}));
  app.add_option("--trials", options->trials, "Trainings; default: the whole grid, 20 of random and tpe")
      ->check(whole_number(1));
  app.add_option("--jobs", options->jobs, "Trials at once, which share the processors")->check(whole_number(1));
  app.add_option("--halving", options->halving, "End trials early that are behind: one of so many goes on at each look")
      ->check(whole_number(2));
  app.add_option("--min-validations", options->min_validations,
                 "Validations before --halving looks first; then after each --halving times as many. Default: 1")
      ->check(whole_number(1));
  app.add_option("--seed", options->seed, "Seed of the draws; trials train with the recipe's. Default: 0")
      ->check(whole_number(0));
  app.add_option("--output", options->output, "Folder of the sweep; default: the recipe's output_dir and -sweep")
      ->type_name("FOLDER");
  app.add_flag("--resume", options->resume, "Go on with the sweep in the folder, if there is one");
  app.add_flag("--overwrite", options->overwrite, "Delete the sweep that is in the folder and start anew");
  add_common_options(app, *options);
  return [options] {
    hold_signals();  // What comes before the first trial runs is not lost.
    return run_sweep(*options, {.new_recipe = new_recipe, .monitored = monitored_by, .report = write_page});
  };
}

const RegisteredVerb sweep_verb{{"sweep", "Train a recipe with other values, and say which are best on validation",
                                 "dlrun sweep recipe.yaml\n"
                                 "dlrun sweep recipe.yaml optimizer.lr=1e-4,3e-4,1e-3\n"
                                 "dlrun sweep recipe.yaml optimizer.lr=1e-4..1e-2:log architecture.dropout=0..0.5 "
                                 "--trials 40 --jobs 4\n"
                                 "dlrun sweep recipe.yaml 'architecture.widths=[64],[64,64]' --halving 4\n"
                                 "dlrun sweep runs/recipe-sweep --resume --trials 80",
                                 define_sweep}};

}  // namespace
}  // namespace dlrun
