// A run and what an MLflow server knows of it. The spool is the run folder itself: what is told is in its files, and
// mlflow.json says how much of them the server has. So nothing is lost when it cannot be reached, and nothing is told
// twice when a run goes on from a checkpoint.

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/json_lines.h"
#include "mlflow/server.h"
#include "mlflow/settings.h"

namespace dlrun {

// In the run folder.
inline constexpr const char* mlflow_name_of_state = "mlflow.json";

struct MlflowState final : Params {
  std::string uri, experiment_id, run_id, artifact_uri;
  int64_t start = 0;                   // milliseconds since 1970
  bool params = false;                 // they are told
  int64_t step = -1, validation = -1;  // the last that is told of each event
  std::string test;                    // a hash of the test that is told
  std::string status;                  // as it is told: RUNNING, FINISHED, ...
  std::vector<std::string> artifacts;  // "report.html HASH" of each that is sent
  std::vector<Field> fields() override;
};

// The settings of a run folder's recipe; the defaults where it has none. Throws UserError.
MlflowSettings mlflow_settings_of(const std::string& run_folder);

// The address of the server. Throws UserError(bad_recipe) where none is named, it is no address, or a tag is none.
std::string check_mlflow(const MlflowSettings& settings);

// What a run is called where nobody says: "table-3" of runs/table-3, "table-3/members/2" of a member.
std::string name_of_run(std::string folder);

class ToldRun {
 public:
  // Throws UserError: bad_recipe as check_mlflow() does, no_input where there is no run.
  ToldRun(std::string run_folder, const MlflowSettings& settings);
  const std::string& uri() const { return uri_; }

  // Tells the run, and the numbers of metrics.jsonl that were not told, in as many requests as that takes. `live`: they
  // are of now; otherwise of the time that the run's clock gives. Throws MlflowProblem; what was told till then is kept
  // in mlflow.json.
  void send(MlflowServer& server, bool live);
  // After send(), how the run ended (status.json) and its artifacts, those that are sent already but for.
  void finish(MlflowServer& server);
  // Whether finish() told an end that holds still.
  bool finished() const { return finished_; }
  const MlflowState& state() const { return state_; }

 private:
  struct Record {
    std::string event, hash;
    int64_t step = 0;
    std::vector<MlflowMetric> metrics;
  };
  void begin(MlflowServer& server);
  void take(const nlohmann::json& record, bool live);
  void told(const Record& record);
  void save();

  std::string folder_, uri_;
  MlflowSettings settings_;
  MlflowState state_;
  JsonLines lines_;
  std::deque<Record> waiting_;
  double seconds_ = 0.0;  // of the run's clock, at the last record that says
  bool finished_ = false;
};

}  // namespace dlrun
