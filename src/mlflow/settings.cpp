// The fields of `logging.mlflow`.

#include "mlflow/settings.h"

namespace dlrun {

std::vector<Field> MlflowSettings::fields() {
  return {
      field("uri", uri, "The server, as https://mlflow.example.org; default: the environment's MLFLOW_TRACKING_URI."),
      field("experiment", experiment,
            "The experiment, made where there is none; default: the environment's MLFLOW_EXPERIMENT_NAME, else "
            "Default."),
      field("run_name", run_name, "What the run is called there; default: the name of the run folder."),
      field("tags", tags, "Further tags of the run, each as name=value."),
      field("artifacts", artifacts,
            "Files and folders of the run folder that are sent when the training has ended, where the server takes "
            "artifacts itself; those that are not there are left out."),
      field("every_seconds", every_seconds, "Seconds between two times at which numbers are sent.", at_least(1)),
      field("wait_seconds", wait_seconds,
            "Seconds that the end of a training waits at most for the rest to be sent; dlrun mlflow sends what is "
            "left.",
            at_least(0)),
  };
}

}  // namespace dlrun
