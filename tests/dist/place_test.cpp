// Variables of launchers, good and bad.

#include "dist/place.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/error.h"

using namespace dlrun;
using Catch::Matchers::Contains;

namespace {

using Values = std::map<std::string, std::string>;

Variables of(const Values& values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// What torchrun sets for rank 1 of 4, two on each machine.
const Values torchrun = {{"RANK", "1"},
                         {"WORLD_SIZE", "4"},
                         {"LOCAL_RANK", "1"},
                         {"LOCAL_WORLD_SIZE", "2"},
                         {"MASTER_ADDR", "node-0"},
                         {"MASTER_PORT", "29400"},
                         {"TORCHELASTIC_RUN_ID", "job"},
                         {"TORCHELASTIC_RESTART_COUNT", "3"},
                         {"TORCHELASTIC_USE_AGENT_STORE", "True"}};

Values with(const std::string& name, const std::string& value) {
  Values values = torchrun;
  values[name] = value;
  return values;
}

Values without(const std::string& name) {
  Values values = torchrun;
  values.erase(name);
  return values;
}

}  // namespace

TEST_CASE("a process that nobody launched is alone") {
  // A profile of the cluster may set where to meet without anybody having been launched.
  for (const Values& values : {Values{}, Values{{"MASTER_ADDR", "node-0"}, {"MASTER_PORT", "29400"}}}) {
    const RankPlace place = find_place(of(values));
    REQUIRE(place.launcher.empty());
    REQUIRE(place.rank == 0);
    REQUIRE(place.size == 1);
    REQUIRE(place.local_size == 1);
    REQUIRE(place.port == 0);
  }
}

TEST_CASE("torchrun's variables are read") {
  const RankPlace place = find_place(of(torchrun));
  REQUIRE(place.launcher == "torchrun");
  REQUIRE(place.rank == 1);
  REQUIRE(place.size == 4);
  REQUIRE(place.local_rank == 1);
  REQUIRE(place.local_size == 2);
  REQUIRE(place.host == "node-0");
  REQUIRE(place.port == 29400);
  REQUIRE_FALSE(place.first_opens);
  REQUIRE(place.attempt == "job/3");
}

TEST_CASE("the five variables alone do: rank 0 opens the meeting place, all ranks are on one machine") {
  const RankPlace place = find_place(of(
      {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", "0"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}}));
  REQUIRE(place.first_opens);
  REQUIRE(place.local_size == 2);
  REQUIRE(find_place(of(with("TORCHELASTIC_USE_AGENT_STORE", "False"))).first_opens);
}

TEST_CASE("one rank of one needs no meeting place") {
  const RankPlace place = find_place(of({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"LOCAL_RANK", "0"}}));
  REQUIRE(place.launcher == "torchrun");
  REQUIRE(place.size == 1);
  REQUIRE(place.port == 0);
}

TEST_CASE("variables that are missing, no numbers or contradict each other are refused by name") {
  struct Bad {
    Values values;
    std::string key, also;  // the message starts with the one and names the other
  };
  const std::vector<Bad> table = {
      {without("RANK"), "RANK: must be set", "WORLD_SIZE"},
      {without("WORLD_SIZE"), "WORLD_SIZE: must be set", "RANK"},
      {without("LOCAL_RANK"), "LOCAL_RANK: must be set", "RANK"},
      {without("MASTER_ADDR"), "MASTER_ADDR: must be set", "WORLD_SIZE"},
      {without("MASTER_PORT"), "MASTER_PORT: must be set", "WORLD_SIZE"},
      {{{"RANK", "0"}}, "WORLD_SIZE: must be set together with RANK,", "unset RANK"},
      {{{"LOCAL_RANK", "0"}}, "RANK: must be set together with LOCAL_RANK,", "unset LOCAL_RANK"},
      {with("RANK", "one"), "RANK: must be a whole number from 0", "one"},
      {with("RANK", "1.0"), "RANK: must be a whole number", "1.0"},
      {with("RANK", "0x1"), "RANK: must be a whole number", "0x1"},
      {with("RANK", " 1"), "RANK: must be a whole number", " 1"},
      {with("RANK", "-1"), "RANK: must be a whole number", "-1"},
      {with("RANK", "99999999999999999999"), "RANK: must be a whole number", "9999"},
      {with("RANK", "4"), "RANK: must be below WORLD_SIZE (4), got 4", "from 0"},
      {with("WORLD_SIZE", "0"), "WORLD_SIZE: must be a whole number from 1", "got 0"},
      {with("WORLD_SIZE", "1"), "RANK: must be below WORLD_SIZE (1), got 1", ""},
      {with("LOCAL_RANK", "2"), "LOCAL_RANK: must be below LOCAL_WORLD_SIZE (2), got 2", ""},
      {with("LOCAL_RANK", ""), "LOCAL_RANK: must be a whole number", ""},
      {with("LOCAL_WORLD_SIZE", "5"), "LOCAL_WORLD_SIZE: must be at most WORLD_SIZE (4), got 5", ""},
      {with("MASTER_PORT", "0"), "MASTER_PORT: must be a whole number from 1 to 65535, got 0", ""},
      {with("MASTER_PORT", "65536"), "MASTER_PORT: must be a whole number from 1 to 65535", ""},
      {with("TORCHELASTIC_USE_AGENT_STORE", "maybe"), "TORCHELASTIC_USE_AGENT_STORE: must be True or False", "maybe"},
      {with("TORCHELASTIC_RESTART_COUNT", "x"), "TORCHELASTIC_RESTART_COUNT: must be a whole number", "x"},
  };
  for (const Bad& bad : table) {
    INFO(bad.key);
    try {
      find_place(of(bad.values));
      FAIL("accepted");
    } catch (const UserError& error) {
      REQUIRE(error.code() == ExitCode::usage);
      REQUIRE(std::string(error.what()).starts_with(bad.key));
      REQUIRE_THAT(error.what(), Contains(bad.also));
    }
  }
}

TEST_CASE("a variable that is set to nothing counts as not set") {
  setenv("DLRUN_TEST_VARIABLE", "", 1);
  REQUIRE_FALSE(process_variable("DLRUN_TEST_VARIABLE"));
  setenv("DLRUN_TEST_VARIABLE", "x", 1);
  REQUIRE(process_variable("DLRUN_TEST_VARIABLE") == "x");
  unsetenv("DLRUN_TEST_VARIABLE");
}
