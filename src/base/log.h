// What dlrun tells while it works: on stderr for the person, in log.txt of the run folder for later.

#pragma once

#include <string>

namespace dlrun {

// -2: errors only; -1: also warnings; 0: also what happens; 1: also details. Before the first call it is 0.
void set_log_verbosity(int verbosity);

// Also appends to this file, with times, what was said since the last one was closed (at most a hundred messages) and
// what comes; details too where the verbosity asks for them. A file that cannot be written later on does not stop the
// run. Throws UserError(cannot_write) when it cannot be created.
void open_log_file(const std::string& path);
void close_log_file();

// One message each, without a line end. May be called from any thread.
void log_error(const std::string& message);
void log_warning(const std::string& message);
void log_info(const std::string& message);
void log_detail(const std::string& message);

}  // namespace dlrun
