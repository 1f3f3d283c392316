// What a run tells an MLflow server, and which: the block `logging.mlflow`.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct MlflowSettings final : Params {
  std::string uri;                // empty: MLFLOW_TRACKING_URI
  std::string experiment;         // empty: MLFLOW_EXPERIMENT_NAME, else "Default"
  std::string run_name;           // empty: the run folder's name
  std::vector<std::string> tags;  // "team=vision"
  std::vector<std::string> artifacts = {"recipe.yaml", "environment.json", "result.json", "report.html", "curves.svg"};
  int64_t every_seconds = 10;
  int64_t wait_seconds = 10;
  std::vector<Field> fields() override;
};

}  // namespace dlrun
