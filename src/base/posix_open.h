// How paths are opened: what this machine's calls say becomes a sentence, and nothing is waited for.

#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/error.h"

namespace dlrun {

uint64_t free_bytes(const std::string& path);  // that this user may still write there

// Throws UserError("PATH: what: why") with `code`, or io_error where the machine failed: a full disk, a broken one, a
// file that may not be as large. `needed` > 0: bytes this call still had to write.
[[noreturn]] void fail(const std::string& path, const char* what, int error, ExitCode code, uint64_t needed = 0);

// Whether the open file is still the one of that name.
bool is_file_at(int descriptor, const std::string& path);

// The descriptor a path names (/dev/stdin, /dev/fd/63); -1 where it names none.
int descriptor_of(const std::string& path);

// Another descriptor for the same: it shares its position, so that what is written to both stays in order.
int duplicate(int descriptor);

// open(2), gone through with when a signal comes.
int open_again(const char* path, int flags);

// Opens a file for writing, empty and locked until it is closed. Throws UserError(cannot_write) while another process
// holds it so; one that is there and not held was left by a process that was killed.
int open_exclusively(const std::string& path, int flags);

// Opens a regular file for reading and fills `status`; with `streams` also whatever a descriptor that was given is.
// Throws UserError(no_input) for what is no file, at once.
int open_for_reading(const std::string& path, bool streams, struct stat& status);

}  // namespace dlrun
