// What torchrun shows of a worker that failed: a file that it names in TORCHELASTIC_ERROR_FILE.

#pragma once

#include "failure.h"

namespace dlrun {

// In torch's format ({"message": {"message", "extraInfo": {"py_callstack", "timestamp"}}}), where that variable is set
// and the file is not there yet. Without a word where it cannot be written: the error itself is told.
void write_error_file(const Outcome& outcome);

}  // namespace dlrun
