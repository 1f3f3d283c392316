// Requests, and what answers mean.

#include "mlflow/server.h"

#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/markup.h"
#include "base/terminal.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* api = "/api/2.0/mlflow/";
constexpr std::string_view proxied = "mlflow-artifacts:";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Json pairs_of(const MlflowPairs& pairs) {
  Json list = Json::array();
  for (const auto& [key, value] : pairs) list.push_back({{"key", key}, {"value", value}});
  return list;
}

// As the JSON mapping of protobuf writes them.
Json number_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

std::string text_of(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// "answers 400: Invalid value ...": what the server says of it is text of somebody else.
std::string what_of(const HttpAnswer& answer) {
  constexpr size_t most = 300;
  const nlohmann::json json = nlohmann::json::parse(answer.text, nullptr, /*allow_exceptions=*/false);
  const std::string said = json.is_object() ? text_of(json, "message") : "";
  return answer.what() + (said.empty() ? "" : ": " + visible(said.substr(0, most), /*lines=*/false));
}

}  // namespace

std::string mlflow_uri(const std::string& uri) {
  const std::string shown = shown_url(uri);
  if (!uri.starts_with("http://") && !uri.starts_with("https://"))
    throw UserError(ExitCode::bad_recipe,
                    "logging.mlflow.uri: must be a server's address, as https://mlflow.example.org, "
                    "got '" +
                        shown + "'");
  if (uri.find('@') != std::string::npos && uri.find('@') < uri.find('/', uri.find("://") + 3))
    throw UserError(ExitCode::bad_recipe,
                    "logging.mlflow.uri: holds a user or a password, which would stand in the run's "
                    "files: give them in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
                    "and the address as " +
                        shown);
  std::string address = uri;
  while (address.ends_with('/')) address.pop_back();
  return address;
}

std::string mlflow_name(const std::string& name) {
  std::string clean = name;
  for (char& c : clean) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && std::string_view("_-. /").find(c) == std::string_view::npos) c = '_';
  }
  return clean;
}

MlflowServer::MlflowServer(std::string uri, std::function<bool()> go_on)
    : uri_(std::move(uri)), go_on_(std::move(go_on)) {
  const std::string token = variable("MLFLOW_TRACKING_TOKEN"), user = variable("MLFLOW_TRACKING_USERNAME");
  if (!user.empty())
    headers_ = {"Authorization: Basic " + base64(user + ":" + variable("MLFLOW_TRACKING_PASSWORD"))};
  else if (!token.empty())
    headers_ = {"Authorization: Bearer " + token};
}

HttpRequest MlflowServer::request(const std::string& method, const std::string& path) const {
  HttpRequest request;
  request.method = method;
  request.url = uri_ + path;
  request.headers = headers_;
  request.go_on = go_on_;
  return request;
}

nlohmann::json MlflowServer::ask(const std::string& method, const std::string& path, const Json& body) {
  HttpRequest asked = request(method, api + path);
  if (method != "GET") {
    asked.headers.push_back("Content-Type: application/json");
    asked.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const HttpAnswer answer = http_.ask(asked);
  if (!answer.good())
    throw MlflowProblem(what_of(answer), !answer.problem.empty() || answer.status == 429 || answer.status >= 500,
                        answer.status);
  const nlohmann::json json = nlohmann::json::parse(answer.text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw MlflowProblem("answers something else than MLflow does", false, answer.status);
  return json;
}

std::string MlflowServer::experiment(const std::string& name) {
  const auto find = [&] {
    const nlohmann::json found = ask("GET", "experiments/get-by-name?experiment_name=" + url_encoded(name), {});
    const auto experiment = found.find("experiment");
    return experiment != found.end() && experiment->is_object() ? text_of(*experiment, "experiment_id") : "";
  };
  std::string id;
  try {
    id = find();
  } catch (const MlflowProblem& problem) {
    if (problem.status != 404) throw;
    try {
      id = text_of(ask("POST", "experiments/create", {{"name", name}}), "experiment_id");
    } catch (const MlflowProblem& refused) {
      if (refused.passes || refused.status != 400) throw;
      id = find();  // another run made it meanwhile; one that was deleted there is told by the server's words
    }
  }
  if (id.empty()) throw MlflowProblem("gives no experiment", false, 200);
  return id;
}

MlflowCreated MlflowServer::create_run(const std::string& experiment_id, const std::string& name, int64_t start,
                                       const MlflowPairs& tags) {
  const nlohmann::json answer =
      ask("POST", "runs/create",
          {{"experiment_id", experiment_id}, {"run_name", name}, {"start_time", start}, {"tags", pairs_of(tags)}});
  MlflowCreated created;
  if (const auto run = answer.find("run"); run != answer.end() && run->is_object() && run->contains("info")) {
    created.run_id = text_of((*run)["info"], "run_id");
    created.artifact_uri = text_of((*run)["info"], "artifact_uri");
  }
  if (created.run_id.empty()) throw MlflowProblem("gives no run", false, 200);
  return created;
}

void MlflowServer::log(const std::string& run_id, const std::vector<MlflowMetric>& metrics, const MlflowPairs& params) {
  Json list = Json::array();
  for (const MlflowMetric& metric : metrics)
    list.push_back({{"key", metric.key},
                    {"value", number_of(metric.value)},
                    {"timestamp", metric.timestamp},
                    {"step", metric.step}});
  ask("POST", "runs/log-batch", {{"run_id", run_id}, {"metrics", list}, {"params", pairs_of(params)}});
}

void MlflowServer::set_status(const std::string& run_id, const std::string& status, int64_t end) {
  Json body = {{"run_id", run_id}, {"status", status}};
  if (end > 0) body["end_time"] = end;
  ask("POST", "runs/update", body);
}

bool MlflowServer::takes_artifacts(const std::string& artifact_uri) { return artifact_uri.starts_with(proxied); }

void MlflowServer::upload(const std::string& artifact_uri, const std::string& name, const std::string& file) {
  // mlflow-artifacts:/1/RUN/artifacts, or with the server's own host before the path
  std::string path = artifact_uri.substr(proxied.size());
  if (path.starts_with("//")) path = path.substr(std::min(path.find('/', 2), path.size()));
  std::string encoded;
  for (const char c : path + "/" + name) encoded += c == '/' ? "/" : url_encoded(std::string(1, c));
  HttpRequest asked = request("PUT", "/api/2.0/mlflow-artifacts/artifacts" + encoded);
  asked.headers.push_back("Content-Type: application/octet-stream");
  asked.headers.push_back("Expect:");  // the whole at once: servers behind proxies do not answer what libcurl would ask
  asked.upload = file;
  const HttpAnswer answer = http_.ask(asked);
  if (!answer.good())
    throw MlflowProblem(name + ": " + what_of(answer),
                        !answer.problem.empty() || answer.status == 429 || answer.status >= 500, answer.status);
}

}  // namespace dlrun
