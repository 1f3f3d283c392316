// What a training came to, in the run folder's status.json.

#pragma once

#include <exception>
#include <functional>
#include <string>

#include "dist/group.h"
#include "dist/local_ranks.h"
#include "run/status.h"

namespace dlrun {

// Rank 0 writes. Where it is gone, those that are left do. What cannot be written is a warning: the run matters more.
class Verdict {
 public:
  Verdict(std::string folder, const Group& group);

  // From here on the folder is this training's: on every rank, before anything is computed where a run is resumed, and
  // where it begins otherwise. Until then nothing is written.
  void own() { owns_ = true; }
  void running(int64_t step, int64_t total_steps);
  void reached(int64_t step) { status_.step = step; }
  void because(std::string reason) { status_.reason = std::move(reason); }  // of the end that comes

  // Does the work, and writes how it ended: by its exit code, or by what it threw, which is thrown on.
  int over(const std::function<int()>& work);

 private:
  void write(const std::string& state);
  void failed(std::exception_ptr error);

  std::string folder_;
  RunStatus status_;
  bool first_, owns_ = false;
};

// For whoever started the ranks: says so where they ended without having been able to. `before` is the status from
// before they were started.
void tell_lost_ranks(const std::string& folder, const std::optional<RunStatus>& before, const LocalEnd& end);

}  // namespace dlrun
