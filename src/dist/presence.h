// Who is still there: every rank shows signs of life at the meeting place, so that the one that is missing has a name.

#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dist/group.h"
#include "dist/lost_rank.h"
#include "dist/meeting.h"
#include "dist/place.h"

namespace dlrun {

// A thread writes what this rank does (base/phase.h, and the exchange it came to last) beside a number that counts up.
// Connections alone would not do: a broken one tells an address and no rank, and that of a process which is stopped,
// or of a machine without power, does not break. Nothing here waits long for a meeting place that does not answer. For
// one thread.
//
// The thread is the watchdog too. Once a rank has given up the training is over: a rank that does not come to its next
// exchange to hear of it, because it hangs in a reader or a kernel, is ended with 75 after half of
// GroupOptions::exchange_seconds; so is one that stands still for all of them after who opened the meeting place died.
class Presence {
 public:
  // `meeting` belongs to it from here on: others use a connection of their own.
  Presence(Meeting meeting, const RankPlace& place, const GroupOptions& options);
  ~Presence();  // tells that this rank has left, unless it had failed
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

  // This rank comes to its next exchange.
  void enter(std::string what);
  // Why the exchange that was entered last ended after `waited` seconds without a result: a message with the rank that
  // kept it from ending and what that did last, which the lowest of the ranks that are left is to tell. Looks around
  // for four pulses. `broken` is what the backend said. Ranks that are in different exchanges are our own mistake
  // (c10::Error).
  LostRank explain(double waited, const std::string& broken);
  // Whether a rank has left, has given up or does not beat any more, or nobody answers: for waits that no broken
  // connection ends. Knows more the second time: a beat stands still where it was seen four pulses ago.
  bool misses_rank();

 private:
  struct State;
  struct Seen {
    int64_t beat = -2;  // of no rank
    double at = 0.0;    // when it was seen first
  };

  std::shared_ptr<State> state_;
  std::vector<Seen> seen_;  // of each rank, by misses_rank()
  RankPlace place_;
  GroupOptions options_;
  std::thread thread_;
};

}  // namespace dlrun
