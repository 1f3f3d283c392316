// Logging: what each verbosity shows, and what the file keeps.

#include "base/log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <regex>

#include "base/error.h"
#include "support.h"

namespace dlrun::log_test {
namespace {

std::string shown(int verbosity, const std::string& file = "") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    set_log_verbosity(verbosity);
    if (!file.empty()) open_log_file(file);
    log_error("E");
    log_warning("W");
    log_info("I {}");  // Not a format string.
    log_detail("D");
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

TEST_CASE("verbosity chooses what is shown") {
  CHECK(shown(-2) == "error: E\n");
  CHECK(shown(-1) == "error: E\nwarning: W\n");
  CHECK(shown(0) == "error: E\nwarning: W\nI {}\n");
  CHECK(shown(1) == "error: E\nwarning: W\nI {}\nD\n");
  CHECK(shown(2) == shown(1));
}

TEST_CASE("the file keeps everything but details, with times, and is appended to") {
  test::TempDir folder;
  shown(-1, folder / "log.txt");
  shown(1, folder / "log.txt");
  std::string text = test::read_bytes(folder / "log.txt");
  std::string stamp = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z )";
  std::string first = stamp + "error: E\n" + stamp + "warning: W\n" + stamp + "info: I \\{\\}\n";
  CHECK(std::regex_match(text, std::regex(first + first + stamp + "debug: D\n")));
}

TEST_CASE("what was said before the file was opened stands in it, but not in the next one") {
  test::TempDir folder;
  const pid_t child = fork();
  if (child == 0) {
    set_log_verbosity(-2);
    log_warning("early");
    open_log_file(folder / "first.txt");
    log_warning("late");
    close_log_file();
    open_log_file(folder / "second.txt");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  const std::string text = test::read_bytes(folder / "first.txt");
  CHECK(text.find("warning: early\n") < text.find("warning: late\n"));
  CHECK(text.find("warning: late\n") != std::string::npos);
  CHECK(test::read_bytes(folder / "second.txt").empty());
}

TEST_CASE("a log file that cannot be created is an error, one that fills the disk is not") {
  CHECK_THROWS_AS(open_log_file("/dev/null/log.txt"), UserError);
  std::string text = shown(0, "/dev/full");
  CHECK(text.find("I {}") != std::string::npos);
  CHECK(text.find("warning: the log file cannot be written any more") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::log_test
