// What `dlrun --version` prints.

#pragma once

namespace dlrun {

// "dlrun 0.1.0"; with `all` what it was built from and what it computes with too. Returns the exit code.
int print_version(bool all);

}  // namespace dlrun
