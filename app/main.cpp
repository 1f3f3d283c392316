// The program: finds the verb, parses its options, runs it, and turns every outcome into an exit code.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>

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

int run(int argc, char** argv) {
  try {
    return flush_results(dlrun::run_command_line(argc, argv));
  } catch (const dlrun::UserError& error) {
    std::cout.flush();
    std::fprintf(stderr, "%s\n", error.what());
    return code(error.code());
  } catch (const std::bad_alloc&) {
    std::fputs("dlrun: out of memory. A smaller trainer.batch_size or trainer.micro_batch_size needs less.\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dlrun: internal error: %s\nThis is a mistake in dlrun, not yours; please report it.\n",
                 error.what());
  } catch (...) {
    std::fputs("dlrun: internal error of unknown type. This is a mistake in dlrun, not yours; please report it.\n",
               stderr);
  }
  return code(ExitCode::bug);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `dlrun list | head` ends quietly, also where a parent ignores the signal.
  return run(argc, argv);
}
