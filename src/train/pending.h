// Checkpoints that are due but not on disk: a training whose epochs are shorter than a disk's syncs would do little
// else.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "run/checkpoint.h"

namespace dlrun {

// One that is due.
struct DueCheckpoint {
  int64_t step = 0;
  State state;
  std::optional<Score> score;
  std::vector<TensorList> others;  // what further processes have that the first has not
};

// What it is given is written at once, or held in memory until so many seconds passed since the last one was written. A
// process that is killed loses what is held: the run goes on from the last one on disk, with the same bits. Whoever
// ends a training in any other way calls write().
class PendingCheckpoints {
 public:
  PendingCheckpoints(CheckpointStore& store, double seconds) : store_(store), seconds_(seconds) {}

  // Whether the next one is to be written at once: nothing was for so long, or it is large.
  bool at_once(const State& state) const;
  // Keeps a copy. One of the same step gives way to it, and so does every one whose step is not in `keep`.
  void hold(DueCheckpoint due, const std::vector<int64_t>& keep);
  // Writes those held whose step is in `keep`, then `due`, or, without one, the last of those held; holds nothing any
  // more. Throws as CheckpointStore::save() does. Gives the last step that was written; -1: none.
  int64_t write(const std::vector<int64_t>& keep, const DueCheckpoint* due = nullptr);
  bool any() const { return !held_.empty(); }
  // Whether something is held, and its time has come.
  bool ripe() const;

 private:
  CheckpointStore& store_;
  double seconds_;
  std::optional<double> written_;    // when, on the monotonic clock
  std::vector<DueCheckpoint> held_;  // by step
};

}  // namespace dlrun
