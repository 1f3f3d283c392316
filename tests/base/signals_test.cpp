// Signals set a flag, and a second Ctrl-C ends the program.

#include "base/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

namespace dlrun::signals_test {
namespace {

// Runs `body` in a process of its own and gives its wait status.
int status_of(const std::function<int()>& body) {
  pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int raised(std::initializer_list<int> signals) {
  watch_signals();
  for (int each : signals) raise(each);
  return stop_requested();
}

TEST_CASE("a signal is noted and the program goes on") {
  for (int each : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) {
    int status = status_of([&] { return raised({each}); });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == each);
  }
  CHECK(WEXITSTATUS(status_of([] { return raised({}); })) == 0);
}

TEST_CASE("the first signal counts, and a scheduler may repeat itself") {
  CHECK(WEXITSTATUS(status_of([] { return raised({SIGTERM, SIGTERM, SIGUSR1, SIGTERM}); })) == SIGTERM);
  CHECK(WEXITSTATUS(status_of([] { return raised({SIGTERM, SIGINT}); })) == SIGTERM);
}

TEST_CASE("a second SIGINT ends at once with 130") {
  CHECK(WEXITSTATUS(status_of([] { return raised({SIGINT, SIGINT}); })) == 130);
  CHECK(WEXITSTATUS(status_of([] { return raised({SIGTERM, SIGINT, SIGINT}); })) == 130);
}

TEST_CASE("a signal that the parent ignores stays ignored") {
  int status = status_of([] {
    signal(SIGHUP, SIG_IGN);
    return raised({SIGHUP});
  });
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("signals have names") {
  CHECK(std::string(signal_name(SIGTERM)) == "SIGTERM");
  CHECK(std::string(signal_name(99)) == "a signal");
}

}  // namespace
}  // namespace dlrun::signals_test
