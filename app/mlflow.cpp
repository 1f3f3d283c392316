// dlrun mlflow: tells an MLflow server what it does not know of runs.

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/http.h"
#include "base/log.h"
#include "base/signals.h"
#include "mlflow/told_run.h"
#include "run/run_folder.h"
#include "verb.h"
#include "watch/watched_run.h"

namespace dlrun {
namespace {

struct MlflowOptions : CommonOptions {
  std::vector<std::string> runs;
  std::string uri, experiment;
};

// False where the server did not take all; why is told.
bool tell_run(const MlflowOptions& options, const std::string& folder) {
  MlflowSettings settings = mlflow_settings_of(folder);
  if (!options.uri.empty()) settings.uri = options.uri;
  if (!options.experiment.empty()) settings.experiment = options.experiment;
  ToldRun run(folder, settings);
  const FileLock lock(folder + "/" + lock_name);
  if (!lock.held())
    throw UserError(ExitCode::cannot_write,
                    folder + ": a training (process " + lock.holder() +
                        ") is writing this run; it tells its server itself, or wait for its end");
  try {
    MlflowServer server(run.uri(), [] { return stop_requested() == 0; });
    run.send(server, /*live=*/false);
    run.finish(server);
  } catch (const MlflowProblem& problem) {
    log_error(folder + ": MLflow at " + run.uri() + " " + problem.what());
    return false;
  }
  log_info(folder + ": " + run.uri() + " has all of it, as run " + run.state().run_id);
  return true;
}

int tell_runs(const MlflowOptions& options) {
  set_log_verbosity(options.verbosity);
  if (offline()) throw UserError(ExitCode::no_input, "DLRUN_OFFLINE is set: nothing is sent");
  watch_signals();
  bool all = true;
  for (const std::string& folder : options.runs)
    for (const std::string& run : watched_folders(folder)) {
      all = tell_run(options, run) && all;
      if (stop_requested())
        throw UserError(ExitCode::again, std::string(signal_name(stop_requested())) + ": the same command goes on");
    }
  return all ? 0 : static_cast<int>(ExitCode::io_error);
}

std::function<int()> define_mlflow(CLI::App& app) {
  auto options = std::make_shared<MlflowOptions>();
  app.add_option("RUN", options->runs, "Run folders; one that holds members, or a sweep, stands for its runs")
      ->required()
      ->type_name("");
  app.add_option("--uri", options->uri, "The server; default: that of the run's recipe, else $MLFLOW_TRACKING_URI")
      ->type_name("URL");
  app.add_option("--experiment", options->experiment,
                 "The experiment; default: that of the run's recipe, else $MLFLOW_EXPERIMENT_NAME, else Default")
      ->type_name("NAME");
  add_common_options(app, *options);
  return [options] { return tell_runs(*options); };
}

const RegisteredVerb mlflow_verb{{"mlflow", "Tell an MLflow server what it does not know of runs",
                                  "dlrun mlflow runs/table\n"
                                  "dlrun mlflow runs/* --uri https://mlflow.example.org --experiment tables",
                                  define_mlflow}};

}  // namespace
}  // namespace dlrun
