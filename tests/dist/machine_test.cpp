// Who starts ranks, and how many, by what recipe and launcher say.

#include "dist/machine.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "dist/gloo.h"
#include "support.h"

namespace dlrun::machine_test {

using Catch::Matchers::Contains;

namespace {

Variables none() {
  return [](const std::string&) { return std::optional<std::string>(); };
}

Variables node(const std::string& number) {
  return [number](const std::string& name) -> std::optional<std::string> {
    if (name == "NODE_RANK") return number;
    if (name == "MASTER_ADDR") return "node-0";
    if (name == "MASTER_PORT") return "29400";
    return std::nullopt;
  };
}

RankPlace launched(const std::string& launcher, int64_t rank, int64_t size, int64_t local_size) {
  RankPlace place;
  place.launcher = launcher;
  place.rank = rank;
  place.size = size;
  place.local_size = local_size;
  place.host = "node-0";
  place.port = 20000;
  place.attempt = "job";
  return place;
}

RankPlace pod(const std::string& ranks) {
  RankPlace place = launched("Kubeflow", 1, 2, 1);
  place.ranks_to_start = ranks;
  return place;
}

}  // namespace

TEST_CASE("where nobody launched this process, the recipe decides") {
  REQUIRE_FALSE(machine_to_start({}, {}, none()));
  if (!gloo_problem().empty()) {
    REQUIRE_THROWS_WITH(machine_to_start({}, {.devices = 2}, none()),
                        Contains("hardware.devices: must be 1 here, got 2"));
    return test::skip(gloo_problem());
  }
  const auto machine = machine_to_start({}, {.devices = 2}, none());
  REQUIRE(machine);
  REQUIRE(machine->ranks == 2);
  REQUIRE(machine->count == 1);
  const auto second = machine_to_start({}, {.devices = 2, .num_nodes = 3}, node("1"));
  REQUIRE(second);
  REQUIRE(second->number == 1);
  REQUIRE(second->count == 3);
  REQUIRE(second->host == "node-0");
  REQUIRE(second->port == 29400);
  REQUIRE_THROWS_WITH(machine_to_start({}, {.num_nodes = 3}, node("3")),
                      Contains("NODE_RANK: must be below hardware.num_nodes (3), got 3"));
  REQUIRE_THROWS_WITH(machine_to_start({}, {.num_nodes = 2}, none()),
                      Contains("hardware.num_nodes: is 2: start dlrun on every machine with NODE_RANK (0 to 1)"));
}

TEST_CASE("a rank of a launcher starts none, and a recipe that contradicts the launcher is refused") {
  const RankPlace rank = launched("torchrun", 1, 4, 2);
  REQUIRE_FALSE(machine_to_start(rank, {.devices = 1}, none()));
  REQUIRE_FALSE(machine_to_start(rank, {.devices = 2}, none()));
  REQUIRE_FALSE(machine_to_start(rank, {.devices = 2, .num_nodes = 2}, none()));
  REQUIRE_THROWS_WITH(
      machine_to_start(rank, {.devices = 3}, none()),
      Contains("hardware.devices: must be the number of processes") && Contains("(2)") && Contains("got 3"));
  REQUIRE_THROWS_WITH(machine_to_start(rank, {.num_nodes = 3}, none()),
                      Contains("hardware.num_nodes: must be the number of machines") && Contains("(2)"));
  REQUIRE_THROWS_WITH(machine_to_start(launched("torchrun", 0, 1, 1), {.devices = 2}, none()),
                      Contains("hardware.devices"));
}

TEST_CASE("one process of a launcher on each machine starts what the recipe asks for") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  const auto machine = machine_to_start(launched("srun", 1, 2, 1), {.devices = 4, .num_nodes = 2}, none());
  REQUIRE(machine);
  REQUIRE(machine->ranks == 4);
  REQUIRE(machine->number == 1);
  REQUIRE(machine->count == 2);
  REQUIRE(machine->host == "node-0");
  REQUIRE(machine->port == 20000);
  REQUIRE(machine->attempt == "job");
  REQUIRE(machine_to_start(launched("srun", 0, 1, 1), {.devices = 4}, none())->ranks == 4);
}

TEST_CASE("a pod starts as many as its TrainJob says") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  REQUIRE(machine_to_start(pod("3"), {}, none())->ranks == 3);
  REQUIRE(machine_to_start(pod("3"), {.devices = 3, .num_nodes = 2}, none())->count == 2);
  REQUIRE(machine_to_start(pod("cpu"), {}, none())->ranks >= 1);
  REQUIRE(machine_to_start(pod("auto"), {.devices = 5}, none())->ranks == 5);
  REQUIRE(machine_to_start(pod("1"), {}, none())->ranks == 1);
  REQUIRE_THROWS_WITH(machine_to_start(pod("3"), {.devices = 2}, none()),
                      Contains("hardware.devices: must be PET_NPROC_PER_NODE (3), or 1, got 2"));
  REQUIRE_THROWS_WITH(machine_to_start(pod("3"), {.num_nodes = 4}, none()), Contains("hardware.num_nodes"));
  REQUIRE_THROWS_WITH(machine_to_start(pod("gpu"), {}, none()), Contains("PET_NPROC_PER_NODE: is gpu"));
  RankPlace alone = pod("1");
  alone.rank = 0;
  alone.size = 1;
  REQUIRE_FALSE(machine_to_start(alone, {}, none()));
}

}  // namespace dlrun::machine_test
