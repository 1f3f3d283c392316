// Ranks that die, stop, come late or never: the others end with its name, in time.

#include <ATen/ATen.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/error.h"
#include "base/phase.h"
#include "dist/gloo.h"
#include "dist/lost_rank.h"
#include "dist/ranks.h"
#include "support.h"

namespace dlrun::lost_ranks_test {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

bool with_gloo() {
  if (gloo_problem().empty()) return true;
  test::skip(gloo_problem());
  return false;
}

// Short, and yet long for a machine that does other things too: what is tested is never that something was fast.
GroupOptions impatient() {
  GroupOptions options;
  options.meeting_seconds = 20;
  options.exchange_seconds = 5;
  options.pulse_seconds = 0.5;
  return options;
}

void exchange(Group& group) {
  at::Tensor tensor = at::ones({1000});
  group.add(tensor);
}

// No c10 stack, no source file of libtorch or Gloo.
void require_plain(const test::Ended& ended, const std::string& code = "75") {
  INFO(ended.said);
  REQUIRE(ended.signal == 0);
  REQUIRE(ended.said.starts_with("UserError " + code + ": "));
  REQUIRE(ended.said.find("frame #") == std::string::npos);
  REQUIRE(ended.said.find("Exception raised from") == std::string::npos);
}

}  // namespace

TEST_CASE("the ranks that are left name one that was killed") {
  if (!with_gloo()) return;
  const int64_t lost = GENERATE(0, 1, 2);
  const auto ranks = test::run_ranks(
      3,
      [&](Group& group) {
        exchange(group);
        if (group.rank() == lost) raise(SIGKILL);
        exchange(group);
        return std::string("went on");
      },
      impatient());
  for (int64_t rank = 0; rank < 3; ++rank) {
    if (rank == lost) {
      REQUIRE(ranks[rank].signal == SIGKILL);
      continue;
    }
    require_plain(ranks[rank]);
    REQUIRE_THAT(ranks[rank].said, StartsWith("UserError 75: rank " + std::to_string(lost) +
                                              " has not joined the sum of 1000 Float; last in "));
    REQUIRE_THAT(ranks[rank].said, Contains(". Its process, ") && Contains("is gone."));
  }
}

TEST_CASE("one of the ranks that are left is to tell it, the lowest") {
  if (!with_gloo()) return;
  const int64_t lost = GENERATE(0, 1);
  const auto ranks = test::run_ranks(
      3,
      [&](Group& group) {
        exchange(group);
        if (group.rank() == lost) raise(SIGKILL);
        try {
          exchange(group);
        } catch (const LostRank& error) {
          return std::string(error.tells() ? "tells" : "is silent");
        }
        return std::string("went on");
      },
      impatient());
  REQUIRE(ranks[lost == 0 ? 1 : 0].said == "tells");
  REQUIRE(ranks[2].said == "is silent");
}

TEST_CASE("a rank that is stopped is named like one that is gone") {
  if (!with_gloo()) return;
  const test::Agent agent;
  const auto work = [](Group& group) {
    exchange(group);
    if (group.rank() == 1) raise(SIGSTOP);
    exchange(group);
    return std::string("went on");
  };
  std::vector<test::Child> children;
  for (int64_t rank = 0; rank < 2; ++rank)
    children.emplace_back([&, rank](int) { return work(*open_group(agent.place(rank, 2), impatient())); });
  const test::Ended first = children[0].end();
  kill(children[1].process(), SIGKILL);
  children[1].end();
  require_plain(first);
  REQUIRE_THAT(first.said, Contains("rank 1 has not joined the sum of 1000 Float") && Contains("is stopped."));
}

TEST_CASE("a rank that is alive and does not come is named with what it did last") {
  if (!with_gloo()) return;
  GroupOptions options = impatient();
  options.exchange_seconds = 10;  // and half as long until the watchdog ends the one that is late
  const auto ranks = test::run_ranks(
      2,
      [&](Group& group) {
        exchange(group);
        if (group.rank() == 1) std::this_thread::sleep_for(std::chrono::seconds(12));
        group.wait_for_all();
        return std::string("went on");
      },
      options);
  require_plain(ranks[0]);
  REQUIRE_THAT(ranks[0].said, Contains("rank 1 has not joined the wait for all ranks; last in the sum of 1000 Float."));
  REQUIRE_THAT(ranks[0].said, Contains("is alive, and did not come within 10"));
  require_plain(ranks[1]);
  REQUIRE_THAT(ranks[1].said, Contains("rank 1: the wait for all ranks failed") && Contains("rank 0 had given up"));
}

TEST_CASE("phases say what the others wait for and what the missing rank did last") {
  if (!with_gloo()) return;
  const auto ranks = test::run_ranks(
      2,
      [](Group& group) {
        exchange(group);
        if (group.rank() == 1) {
          enter_phase("the validation after step", 810);
          std::this_thread::sleep_for(std::chrono::seconds(2));  // some pulses
          raise(SIGKILL);
        }
        enter_phase("the gradients of step", 812);
        exchange(group);
        return std::string("went on");
      },
      impatient());
  require_plain(ranks[0]);
  REQUIRE_THAT(ranks[0].said,
               Contains("rank 1 has not joined the gradients of step 812 (the sum of 1000 Float); last in "
                        "the validation after step 810. Its process, "));
}

TEST_CASE("a rank that hangs and never comes is ended with 75, though nobody can tell it") {
  if (!with_gloo()) return;
  const bool first_opens = GENERATE(false, true);  // whether the meeting place goes with the rank that gives up
  const uint16_t port = test::free_port();
  const test::Agent agent;
  std::vector<test::Child> children;
  for (int64_t rank = 0; rank < 2; ++rank)
    children.emplace_back([&, rank](int) {
      const RankPlace place = first_opens ? test::own_place(port, rank, 2) : agent.place(rank, 2);
      const std::unique_ptr<Group> group = open_group(place, impatient());
      exchange(*group);
      while (rank == 1) pause();
      exchange(*group);
      return std::string("went on");
    });
  require_plain(children[0].end());
  int status = 0;
  REQUIRE(waitpid(children[1].process(), &status, 0) == children[1].process());
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 75);
}

TEST_CASE("a rank that left early is named, and every later exchange says the same at once") {
  if (!with_gloo()) return;
  const auto ranks = test::run_ranks(
      2,
      [&](Group& group) {
        exchange(group);
        if (group.rank() == 1) return std::string("left");
        std::string said[2];
        for (std::string& each : said) {
          try {
            exchange(group);
          } catch (const UserError& error) {
            each = error.what();
          }
        }
        return said[0] == said[1] ? "twice: " + said[0] : "differs: " + said[1];
      },
      impatient());
  REQUIRE(ranks[1].said == "left");
  REQUIRE_THAT(ranks[0].said,
               StartsWith("twice: rank 1 has not joined the sum of 1000 Float") && Contains("It has left"));
}

TEST_CASE("when rank 0 is killed that opened the meeting place, the others say so") {
  if (!with_gloo()) return;
  const uint16_t port = test::free_port();
  const auto ranks = test::run_places(
      {test::own_place(port, 0, 2), test::own_place(port, 1, 2)},
      [](Group& group) {
        exchange(group);
        if (group.rank() == 0) raise(SIGKILL);
        exchange(group);
        return std::string("went on");
      },
      impatient());
  require_plain(ranks[1]);
  REQUIRE_THAT(ranks[1].said,
               StartsWith("UserError 75: rank 0 has not joined the sum") && Contains("the meeting place 127.0.0.1:"));
}

TEST_CASE("ranks that never come to the meeting place are named") {
  if (!with_gloo()) return;
  const test::Agent agent;
  GroupOptions options = impatient();
  options.meeting_seconds = 2;
  for (const test::Ended& rank : test::run_places(
           {agent.place(0, 4), agent.place(2, 4)}, [](Group&) { return std::string("went on"); }, options)) {
    require_plain(rank, "74");
    REQUIRE_THAT(rank.said, StartsWith("UserError 74: ranks 1, 3 of 4: did not come to the meeting place 127.0.0.1:"));
  }
}

TEST_CASE("a meeting place that nobody opens, or a port that is taken, is an error with its address") {
  if (!with_gloo()) return;
  const uint16_t port = test::free_port();
  GroupOptions options = impatient();
  options.meeting_seconds = 2;
  const auto work = [](Group&) { return std::string("went on"); };
  const auto nobody = test::run_places({test::own_place(port, 1, 2)}, work, options);
  require_plain(nobody[0], "74");
  REQUIRE_THAT(nobody[0].said, Contains("rank 1 waited 2") && Contains("127.0.0.1:" + std::to_string(port)) &&
                                   Contains("which rank 0 opens"));
  const test::Agent agent;
  RankPlace place = agent.place(0, 2);
  place.first_opens = true;
  const auto taken = test::run_places({place}, work, options);
  require_plain(taken[0], "74");
  REQUIRE_THAT(taken[0].said, Contains("rank 0 cannot open the meeting place 127.0.0.1:"));
}

TEST_CASE("a network that is not there is refused by its variable") {
  if (!with_gloo()) return;
  setenv("GLOO_SOCKET_IFNAME", "none0", 1);
  const auto ranks = test::run_ranks(
      2, [](Group&) { return std::string("went on"); }, impatient());
  setenv("GLOO_SOCKET_IFNAME", "lo", 1);
  const auto found = test::run_ranks(
      2, [](Group&) { return std::string("went on"); }, impatient());
  unsetenv("GLOO_SOCKET_IFNAME");
  for (const test::Ended& rank : ranks) REQUIRE_THAT(rank.said, StartsWith("UserError 2: GLOO_SOCKET_IFNAME: must be"));
  for (const test::Ended& rank : found) REQUIRE(rank.said == "went on");
}

TEST_CASE("two processes of one rank, or of two sizes, are told so") {
  if (!with_gloo()) return;
  GroupOptions options = impatient();
  options.meeting_seconds = 2;
  const auto work = [](Group&) { return std::string("went on"); };
  const test::Agent agent;
  std::string said;
  for (const test::Ended& rank : test::run_places({agent.place(1, 2), agent.place(1, 2)}, work, options))
    said += rank.said;
  REQUIRE_THAT(said, Contains("UserError 2: RANK: must differ") && Contains("have 1"));
  const test::Agent other;
  said.clear();
  for (const test::Ended& rank : test::run_places({other.place(0, 2), other.place(1, 3)}, work, options))
    said += rank.said;
  REQUIRE_THAT(said, Contains("UserError 2: WORLD_SIZE: must be the same everywhere"));
}

TEST_CASE("ranks that make different exchanges are our own mistake, and end") {
  if (!with_gloo()) return;
  const auto ranks = test::run_ranks(
      2,
      [](Group& group) {
        at::Tensor tensor = at::ones({4});
        group.rank() == 0 ? group.add(tensor) : group.from_first(tensor);
        return std::string("went on");
      },
      impatient());
  REQUIRE_THAT(ranks[0].said + ranks[1].said, Contains("exception: rank ") && Contains("is in the s"));
  REQUIRE(ranks[0].said != "went on");
}

TEST_CASE("a later attempt at the same meeting place does not see the earlier one") {
  if (!with_gloo()) return;
  const test::Agent agent;
  for (const char* const attempt : {"run/0", "run/1"}) {
    std::vector<RankPlace> places = {agent.place(0, 2), agent.place(1, 2)};
    for (RankPlace& place : places) place.attempt = attempt;
    for (const test::Ended& rank : test::run_places(places, [](Group& group) {
           exchange(group);
           return std::string("went on");
         }))
      REQUIRE(rank.said == "went on");
  }
}

}  // namespace dlrun::lost_ranks_test
