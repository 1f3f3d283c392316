// The command line: dlrun [global options] VERB [options and arguments].

#pragma once

namespace dlrun {

// Returns the exit code; throws UserError(usage) for a wrong command line, and whatever the verb throws.
int run_command_line(int argc, char** argv);

}  // namespace dlrun
