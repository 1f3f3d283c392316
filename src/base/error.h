// The user's mistakes as one exception type, and the exit codes every verb returns.

#pragma once

#include <stdexcept>
#include <string>

namespace dlrun {

// sysexits.h where a code exists there. The table in docs/exit_codes.md says what to do about each.
enum class ExitCode : int {
  ok = 0,
  usage = 2,          // the command line is wrong
  bad_data = 65,      // a data file holds something we cannot accept
  no_input = 66,      // an input file or folder is missing or unreadable
  bug = 70,           // our own mistake
  no_resources = 71,  // the machine has not enough memory, or its accelerator failed
  cannot_write = 73,  // an output file or folder cannot be created
  io_error = 74,      // reading or writing failed half way
  again = 75,         // interrupted, checkpointed: start the same command with --resume
  diverged = 76,      // training produced NaN or infinity
  bad_recipe = 78,    // the recipe is wrong
};

// A mistake of the user or of the machine, never of ours. Only main() catches it, prints what() and exits with code().
class UserError : public std::runtime_error {
 public:
  UserError(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace dlrun
