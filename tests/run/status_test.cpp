// How a run stands, written and read back.

#include "run/status.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support.h"

namespace dlrun::status_test {

TEST_CASE("a status is read as it was written, with time, host and process") {
  const test::TempDir folder;
  REQUIRE_FALSE(read_status(folder.path()));
  RunStatus status;
  status.state = "failed";
  status.step = 12;
  status.total_steps = 100;
  status.reason = "rank 1: \"gone\"\n\xff";
  status.exit_code = 74;
  status.world_size = 2;
  write_status(folder.path(), status);
  std::optional<RunStatus> read = read_status(folder.path());
  REQUIRE(read);
  REQUIRE(read->process == getpid());
  REQUIRE_FALSE(read->host.empty());
  REQUIRE(read->time.size() == 24);
  REQUIRE(read->reason.starts_with("rank 1: \"gone\"\n"));
  status.reason = read->reason;
  status.time = read->time;
  status.host = read->host;
  status.process = read->process;
  REQUIRE(*read == status);

  status.state = "running";
  status.exit_code.reset();
  write_status(folder.path(), status);
  REQUIRE_FALSE(read_status(folder.path())->exit_code);
  const auto text = nlohmann::json::parse(test::read_bytes(folder / "status.json"));
  REQUIRE(text.at("version") == 1);
  REQUIRE(text.at("exit_code").is_null());
}

TEST_CASE("what is no status is none") {
  const test::TempDir folder;
  for (const char* text : {"", "{", "[]", "{\"state\": 1}", "{\"state\": \"running\"}"}) {
    folder.write("status.json", text);
    REQUIRE_FALSE(read_status(folder.path()));
  }
}

}  // namespace dlrun::status_test
