// An MLflow tracking server by its REST interface, version 2.0.
//
// https://mlflow.org/docs/latest/rest-api.html. Who is asked as: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and
// MLFLOW_TRACKING_PASSWORD.

#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/http.h"

namespace dlrun {

// Why a request came to nothing. `passes`: the server cannot be reached or is busy, and may be asked again.
struct MlflowProblem : std::runtime_error {
  MlflowProblem(const std::string& text, bool may_pass, int status_code)
      : std::runtime_error(text), passes(may_pass), status(status_code) {}
  bool passes;
  int status;
};

struct MlflowMetric {
  std::string key;
  double value = 0.0;
  int64_t timestamp = 0;  // milliseconds since 1970
  int64_t step = 0;
};

using MlflowPairs = std::vector<std::pair<std::string, std::string>>;

struct MlflowCreated {
  std::string run_id, artifact_uri;
};

// What one request may hold.
inline constexpr size_t most_mlflow_metrics = 1000, most_mlflow_pairs = 100;
// Of a parameter's value, in every version of the server.
inline constexpr size_t most_mlflow_value = 500;

// The address without a slash at its end. Throws UserError(bad_recipe) for one that is no http:// or https://, or holds
// a password, which would stand in the run's files.
std::string mlflow_uri(const std::string& uri);

// What a server takes as the name of a parameter or metric: letters, digits and "_-. /" stay.
std::string mlflow_name(const std::string& name);

// Each request throws MlflowProblem. For one thread at a time.
class MlflowServer {
 public:
  // `go_on` is asked while a request goes on; false gives it up. Throws UserError(no_input) without libcurl.
  MlflowServer(std::string uri, std::function<bool()> go_on);

  std::string experiment(const std::string& name);  // its id; it is made where there is none
  MlflowCreated create_run(const std::string& experiment_id, const std::string& name, int64_t start,
                           const MlflowPairs& tags);
  void log(const std::string& run_id, const std::vector<MlflowMetric>& metrics, const MlflowPairs& params);
  // RUNNING, FINISHED, FAILED, KILLED; `end` 0: it goes on.
  void set_status(const std::string& run_id, const std::string& status, int64_t end);
  // Whether artifacts under this URI go through the server.
  static bool takes_artifacts(const std::string& artifact_uri);
  void upload(const std::string& artifact_uri, const std::string& name, const std::string& file);

 private:
  nlohmann::json ask(const std::string& method, const std::string& path, const nlohmann::ordered_json& body);
  HttpRequest request(const std::string& method, const std::string& path) const;
  std::string uri_;
  std::vector<std::string> headers_;
  std::function<bool()> go_on_;
  Http http_;
};

}  // namespace dlrun
