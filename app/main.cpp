// The program: finds the verb, parses its options, runs it, and turns every outcome into an exit code.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "command_line.h"
#include "error_file.h"
#include "failure.h"

namespace {

using dlrun::ExitCode;

int code(ExitCode exit_code) { return static_cast<int>(exit_code); }

// A result that never reached its file is a failure, whatever the verb returned.
int flush_results(int result) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout.good() && !std::ferror(stdout)) return result;
  if (errno == EPIPE) return 128 + SIGPIPE;
  std::fprintf(stderr, "dlrun: cannot write to stdout: %s\n", std::strerror(errno));
  return result != 0 ? result : code(ExitCode::io_error);
}

// For a person on stderr, and with --json as the last record on stdout.
int fail(bool json, bool verbose, const dlrun::Outcome& outcome) {
  std::cout.flush();
  dlrun::write_error_file(outcome);
  std::fprintf(stderr, "%s\n", outcome.message.c_str());
  if (verbose && !outcome.details.empty()) std::fprintf(stderr, "%s\n", outcome.details.c_str());
  if (!json) return code(outcome.code);
  const nlohmann::ordered_json record = {
      {"event", "error"}, {"version", 1}, {"exit_code", code(outcome.code)}, {"message", outcome.message}};
  std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return flush_results(code(outcome.code));
}

int run(int argc, char** argv) {
  const auto given = [&](const char* option) {
    return std::any_of(argv + 1, argv + std::max(argc, 1),
                       [&](const char* word) { return !std::strcmp(word, option); });
  };
  try {
    return flush_results(dlrun::run_command_line(argc, argv));
  } catch (...) {
    const bool verbose = given("-v") || given("--verbose");
    return fail(given("--json"), verbose, dlrun::outcome_of(std::current_exception()));
  }
}

// A stream that is closed would become the next file that is opened, and what is said to people would land in it.
void open_missing_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) std::_Exit(code(ExitCode::bug));
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error of writing, told as one.
  std::signal(SIGPIPE, SIG_DFL);  // `dlrun list | head` ends quietly, also where a parent ignores the signal.
  return run(argc, argv);
}
