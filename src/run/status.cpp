// One small JSON file.

#include "run/status.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"

namespace dlrun {
namespace {

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

void write_status(const std::string& folder, RunStatus status) {
  nlohmann::ordered_json text = {
      {"version", 1}, {"state", status.state}, {"step", status.step}, {"total_steps", status.total_steps}};
  text["exit_code"] = status.exit_code ? nlohmann::ordered_json(*status.exit_code) : nullptr;
  text["reason"] = status.reason;
  text["world_size"] = status.world_size;
  text["time"] = utc_now();
  text["host"] = host_name();
  text["process"] = getpid();
  write_text_atomically(folder + "/" + status_name,
                        text.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::optional<RunStatus> read_status(const std::string& folder) {
  const std::string path = folder + "/" + status_name;
  try {
    if (FileSystem::instance().kind(path) != FileKind::file) return {};
    const nlohmann::json text = nlohmann::json::parse(read_text(path, 1 << 20));
    RunStatus status;
    status.state = text.at("state").get<std::string>();
    status.step = text.at("step").get<int64_t>();
    status.total_steps = text.at("total_steps").get<int64_t>();
    if (!text.at("exit_code").is_null()) status.exit_code = text.at("exit_code").get<int>();
    status.reason = text.at("reason").get<std::string>();
    status.world_size = text.at("world_size").get<int64_t>();
    status.time = text.at("time").get<std::string>();
    status.host = text.at("host").get<std::string>();
    status.process = text.at("process").get<int64_t>();
    return status;
  } catch (const nlohmann::json::exception&) {
  } catch (const UserError&) {
  }
  return {};
}

}  // namespace dlrun
