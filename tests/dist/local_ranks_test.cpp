// The launcher of this machine: codes, signals, and what ranks find when they start.

#include "dist/local_ranks.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "support.h"

namespace dlrun::local_ranks_test {

using Catch::Matchers::Contains;

namespace {

LocalRanks shell(int64_t count, const std::string& script) {
  LocalRanks ranks;
  ranks.machine.ranks = count;
  ranks.program = "/bin/sh";
  ranks.arguments = {"sh", "-c", script};
  ranks.grace_seconds = 20;
  return ranks;
}

// The launcher as a process of its own; says its code.
test::Child launch(const LocalRanks& ranks) {
  return test::Child([ranks](int) { return std::to_string(start_local_ranks(ranks).code); });
}

std::string code_of(int64_t count, const std::string& script) { return launch(shell(count, script)).end().said; }

// Waits until a test's ranks have made these files.
void wait_for(const std::vector<std::string>& files) {
  for (const std::string& file : files)
    while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// As `ps` shows it: 'R', 'S', 'T' for stopped, 'Z' for dead and not buried; 0 where there is no such process.
char state_of(pid_t process) {
  const std::string text = test::read_bytes("/proc/" + std::to_string(process) + "/stat");
  const size_t end = text.rfind(") ");
  return end == std::string::npos ? 0 : text[end + 2];
}

// Whoever takes over orphans on this machine may never bury them.
bool alive(pid_t process) { return state_of(process) != 0 && state_of(process) != 'Z'; }

}  // namespace

TEST_CASE("every local rank finds its place in torchrun's variables") {
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  setenv("RANK", "77", 1);  // of somebody else: replaced
  unsetenv("OMP_NUM_THREADS");
  REQUIRE(code_of(2, "env > $FOLDER/$RANK; cat >> $FOLDER/$RANK; echo out; exit 0") == "0");
  unsetenv("RANK");
  for (const std::string rank : {"0", "1"}) {
    const std::string text = "\n" + test::read_bytes(folder / rank);
    const std::vector<std::string> lines = {"RANK=" + rank,
                                            "LOCAL_RANK=" + rank,
                                            "WORLD_SIZE=2",
                                            "LOCAL_WORLD_SIZE=2",
                                            "MASTER_ADDR=127.0.0.1",
                                            "TORCHELASTIC_USE_AGENT_STORE=True",
                                            "TORCHELASTIC_RESTART_COUNT=0",
                                            "FOLDER=" + folder.path().string()};
    for (const std::string& line : lines) REQUIRE_THAT(text, Contains("\n" + line + "\n"));
    REQUIRE_THAT(text,
                 Contains("\nMASTER_PORT=") && Contains("\nTORCHELASTIC_RUN_ID=") && Contains("\nOMP_NUM_THREADS="));
    REQUIRE_THAT(text, !Contains("RANK=77"));
  }
  setenv("OMP_NUM_THREADS", "3", 1);
  REQUIRE(code_of(2, "test $OMP_NUM_THREADS = 3") == "0");
  unsetenv("OMP_NUM_THREADS");
}

TEST_CASE("a second machine's ranks are counted on from the first one's, and meet there") {
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  LocalRanks ranks = shell(2, "env > $FOLDER/$RANK; echo out");
  ranks.machine = {2, 1, 3, "node-0", 29400, "job 7"};
  REQUIRE(launch(ranks).end().said == "0");
  for (const std::string local : {"0", "1"}) {
    const std::string text = "\n" + test::read_bytes(folder / std::to_string(2 + std::stoi(local)));
    for (const std::string& line :
         {"LOCAL_RANK=" + local, std::string("WORLD_SIZE=6"), std::string("LOCAL_WORLD_SIZE=2"),
          std::string("MASTER_ADDR=node-0"), std::string("MASTER_PORT=29400"),
          std::string("TORCHELASTIC_RUN_ID=machines job 7")})
      REQUIRE_THAT(text, Contains("\n" + line + "\n"));
  }
}

TEST_CASE("which rank failed is said by its number among all") {
  LocalRanks ranks = shell(2, "test $RANK = 3 && kill -KILL $$; exec sleep 30");
  ranks.machine = {2, 1, 2, "127.0.0.1", 29400, ""};
  const std::string said = test::Child([ranks](int) { return start_local_ranks(ranks).failed; }).end().said;
  REQUIRE(said == "rank 3: was ended by signal 9 (Killed)");
}

TEST_CASE("the launcher's code is that of the first rank that fails") {
  REQUIRE(code_of(3, "exit 0") == "0");
  REQUIRE(code_of(8, "test $RANK = 0 && exit 9; exec sleep 30") == "9");  // while others are still being started
  REQUIRE(code_of(3, "test $RANK = 1 && exit 78; exec sleep 30") == "78");
  REQUIRE(code_of(2, "test $RANK = 0 && exit 65; trap 'exit 66' TERM; while :; do :; done") == "65");
  REQUIRE(code_of(2, "test $RANK = 1 && kill -KILL $$; exec sleep 30") == "75");
  REQUIRE(code_of(2, "kill -SEGV $$") == "70");
  REQUIRE(code_of(2, "test $RANK = 1 && kill -ABRT $$; exec sleep 30") == "70");
}

TEST_CASE("a rank that the kernel ended for lack of memory is told so, and ends the run with 71") {
  LocalRanks ranks = shell(2, "test $RANK = 1 && kill -KILL $$; exec sleep 30");
  ranks.memory_kills = [counts = 6]() mutable { return counts++; };
  const std::string said = test::Child([ranks](int) {
                             const LocalEnd end = start_local_ranks(ranks);
                             return std::to_string(end.code) + " " + end.failed;
                           })
                               .end()
                               .said;
  REQUIRE(said == "71 rank 1: was ended by signal 9 (Killed), by the kernel for lack of memory");
  // One that was ended otherwise has nothing to do with it.
  CHECK(killed_code(SIGKILL, true) == 71);
  CHECK(killed_code(SIGKILL, false) == 75);
  CHECK(killed_code(SIGSEGV, false) == 70);
  CHECK(killed_code(SIGXCPU, false) == 75);
}

TEST_CASE("what the kernel ended for memory is counted by the innermost control group that counts, or by the machine") {
  const test::TempDir root;
  const std::string top = root.path().string(), machine = "pgfault 12\noom_kill 40\nswap_ra 3\n";
  root.write("jobs/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n");
  root.write("jobs/one/memory.events", "low 0\nmax 3\noom 1\noom_kill 1\n");
  root.write("memory/batch/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
  CHECK(kills_for_memory(top, "0::/jobs/one\n", machine) == 1);
  CHECK(kills_for_memory(top, "0::/jobs/two\n", machine) == 2);
  CHECK(kills_for_memory(top, "4:memory:/batch\n0::/\n", machine) == 5);
  CHECK(kills_for_memory(top, "0::/\n", machine) == 40);
  CHECK(kills_for_memory(top, "", "") == 0);
  CHECK(kills_for_memory() >= 0);
}

TEST_CASE("75 is no failure: the other ranks go on, and it is the code unless one fails") {
  REQUIRE(code_of(2, "exit 75") == "75");
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  REQUIRE(code_of(2, "test $RANK = 1 && exit 75; sleep 0.3; touch $FOLDER/end") == "75");
  REQUIRE(std::filesystem::exists(folder / "end"));
  REQUIRE(code_of(2, "test $RANK = 1 && exit 75; sleep 0.3; exit 70") == "70");
}

TEST_CASE("when a rank fails the others are asked to end, and then ended") {
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  REQUIRE(code_of(2,
                  "trap 'touch $FOLDER/asked; exit 1' TERM; touch $FOLDER/$RANK; "
                  "if test $RANK = 1; then while ! test -e $FOLDER/0; do :; done; exit 9; fi; "
                  "while :; do :; done") == "9");
  REQUIRE(std::filesystem::exists(folder / "asked"));
  LocalRanks deaf = shell(2, "test $RANK = 1 && exit 9; trap '' TERM; while :; do :; done");
  deaf.grace_seconds = 0.3;
  REQUIRE(launch(deaf).end().said == "9");
}

TEST_CASE("ranks leave together: one that stays when another has ended is killed after the grace") {
  LocalRanks ranks = shell(2, "test $RANK = 1 && exit 75; exec sleep 50");
  ranks.grace_seconds = 0.3;
  REQUIRE(launch(ranks).end().said == "75");
  ranks.arguments.back() = "test $RANK = 1 && exit 0; exec sleep 50";
  REQUIRE(launch(ranks).end().said == "75");  // 0 would hide that somebody hung
}

TEST_CASE("signals are passed on to every rank, once") {
  const auto [name, number] =
      GENERATE(table<std::string, int>({{"INT", SIGINT}, {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"HUP", SIGHUP}}));
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  const test::Child launcher = launch(shell(2, "trap 'echo >> $FOLDER/got$RANK' " + name +
                                                   "; touch $FOLDER/$RANK; while ! test -s $FOLDER/got$RANK; do "
                                                   "sleep 0.02; done; sleep 0.2; exit 75"));
  wait_for({folder / "0", folder / "1"});
  kill(launcher.process(), number);
  REQUIRE(launcher.end().said == "75");
  REQUIRE(test::read_bytes(folder / "got0") == "\n");
  REQUIRE(test::read_bytes(folder / "got1") == "\n");
}

TEST_CASE("stopping the launcher at the terminal stops its ranks, and both go on together") {
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  const test::Child launcher = launch(shell(2,
                                            "echo $$ > $FOLDER/new$RANK; mv $FOLDER/new$RANK $FOLDER/$RANK; "
                                            "while ! test -e $FOLDER/go; do :; done"));
  wait_for({folder / "0", folder / "1"});
  kill(launcher.process(), SIGTSTP);
  const std::string processes[] = {std::to_string(launcher.process()), test::read_bytes(folder / "0"),
                                   test::read_bytes(folder / "1")};
  for (const std::string& process : processes)
    while (state_of(std::stoi(process)) != 'T') std::this_thread::sleep_for(std::chrono::milliseconds(5));
  kill(launcher.process(), SIGCONT);
  folder.write("go", "");
  REQUIRE(launcher.end().said == "0");
}

TEST_CASE("when the launcher is killed no rank stays behind") {
  const test::TempDir folder;
  setenv("FOLDER", folder.path().c_str(), 1);
  const test::Child launcher =
      launch(shell(2, "echo $$ > $FOLDER/new$RANK; mv $FOLDER/new$RANK $FOLDER/$RANK; exec sleep 50"));
  wait_for({folder / "0", folder / "1"});
  const pid_t ranks[] = {std::stoi(test::read_bytes(folder / "0")), std::stoi(test::read_bytes(folder / "1"))};
  for (const pid_t rank : ranks) REQUIRE(alive(rank));
  kill(launcher.process(), SIGKILL);
  REQUIRE(launcher.end().signal == SIGKILL);
  for (const pid_t rank : ranks)
    for (int look = 0; alive(rank); ++look) {
      REQUIRE(look < 4000);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

TEST_CASE("stdout is rank 0's; the others write to stderr, and nobody reads stdin") {
  const test::TempDir folder;
  const std::string out = folder / "out", err = folder / "err";
  const std::string said = test::Child([&](int) {
                             REQUIRE(freopen(out.c_str(), "w", stdout));
                             REQUIRE(freopen(err.c_str(), "w", stderr));
                             return std::to_string(start_local_ranks(shell(2, "cat; echo from $RANK")).code);
                           })
                               .end()
                               .said;
  REQUIRE(said == "0");
  REQUIRE(test::read_bytes(out) == "from 0\n");
  REQUIRE(test::read_bytes(err) == "from 1\n");
}

TEST_CASE("a program that is not there fails with its name") {
  LocalRanks ranks = shell(2, "");
  ranks.program = "/no/such/program";
  REQUIRE(launch(ranks).end().said == "66");
}

TEST_CASE("own_arguments are those of the command line") {
  const std::vector<std::string> own = own_arguments();
  REQUIRE_FALSE(own.empty());
  REQUIRE_THAT(own[0], Contains("dlrun_tests"));
}

TEST_CASE("local ranks meet and add up") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  LocalRanks ranks;
  ranks.machine.ranks = 3;
  ranks.arguments = {"dlrun_tests", "a local rank adds up"};  // tests/dist/ranks.cpp
  REQUIRE(launch(ranks).end().said == "0");
}

}  // namespace dlrun::local_ranks_test
