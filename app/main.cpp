// The program: finds the verb, parses its options, runs it, and turns every outcome into an exit code.

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "command_line.h"

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
int fail(bool json, ExitCode exit_code, const std::string& message) {
  std::cout.flush();
  std::fprintf(stderr, "%s\n", message.c_str());
  if (!json) return code(exit_code);
  const nlohmann::ordered_json record = {
      {"event", "error"}, {"version", 1}, {"exit_code", code(exit_code)}, {"message", message}};
  std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return flush_results(code(exit_code));
}

int run(int argc, char** argv) {
  const bool json =
      std::any_of(argv + 1, argv + std::max(argc, 1), [](const char* word) { return !std::strcmp(word, "--json"); });
  try {
    return flush_results(dlrun::run_command_line(argc, argv));
  } catch (const dlrun::UserError& error) {
    return fail(json, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(json, ExitCode::bug,
                "dlrun: out of memory. A smaller trainer.batch_size or trainer.micro_batch_size needs less.");
  } catch (const std::exception& error) {
    return fail(json, ExitCode::bug,
                std::string("dlrun: internal error: ") + error.what() +
                    "\nThis is a mistake in dlrun, not yours; please report it.");
  } catch (...) {
    return fail(json, ExitCode::bug,
                "dlrun: internal error of unknown type. This is a mistake in dlrun, not yours; please report it.");
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `dlrun list | head` ends quietly, also where a parent ignores the signal.
  return run(argc, argv);
}
