// status.json of a run folder: how the run stands, for whoever starts it again or looks at it. Launchers make of exit
// codes what they like (torchrun: 1 of any); this file says what dlrun meant.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dlrun {

inline constexpr const char* status_name = "status.json";

struct RunStatus {
  std::string state;  // running, finished, checkpointed, diverged, failed
  int64_t step = 0;   // steps made; of a running one those at its last checkpoint
  int64_t total_steps = 0;
  std::string reason;            // why it ended; of a running one nothing
  std::optional<int> exit_code;  // docs/exit_codes.md; of a running one none
  int64_t world_size = 1;        // processes that share every batch
  std::string time, host;        // when it was written, and where: filled in by write_status()
  int64_t process = 0;           // by whom

  bool operator==(const RunStatus&) const = default;
};

// Atomically; throws UserError as FileSystem does.
void write_status(const std::string& folder, RunStatus status);
// Nothing where there is none, or something else of its name.
std::optional<RunStatus> read_status(const std::string& folder);

}  // namespace dlrun
