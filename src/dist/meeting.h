// Where ranks meet before they know each other: a small table of texts that one process serves to all (c10d's
// TCPStore).

#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "dist/machine.h"
#include "dist/place.h"

namespace dlrun {

using Meeting = c10::intrusive_ptr<c10d::Store>;

// Opens the place's meeting place where this rank is to do so, and goes to it otherwise; keys of another attempt are
// not seen. Throws UserError(io_error) where nobody answers within `seconds`, or the port is taken.
Meeting open_meeting(const RankPlace& place, double seconds);
// One more connection to a meeting place that is open.
Meeting join_meeting(const RankPlace& place, double seconds);

// Waits until every rank has called it. Throws UserError: usage where two processes have the same rank or another size;
// io_error with the ranks that did not come within `seconds`.
void call_roll(c10d::Store& meeting, const RankPlace& place, double seconds);

// A meeting place for the ranks that processes like this one start, served until it is destroyed; a thread of this
// process does that.
struct LocalMeeting {
  Meeting meeting;    // empty where another machine serves it
  uint16_t port = 0;  // with one machine of 127.0.0.1, otherwise the machine's
};
LocalMeeting open_local_meeting(const Machine& machine);

// What a launcher and the ranks of its one machine tell each other at the meeting place, whatever group they wait in.
Meeting launcher_board(const Meeting& meeting);
std::string end_key(int64_t rank);                   // how a signal ended it, by its launcher: "was ended by signal 9"
inline constexpr const char* told_key = "told/end";  // set by the rank that tells it

// libtorch tells of broken connections on stderr, with stacks; we tell it ourselves. TORCH_CPP_LOG_LEVEL brings it
// back.
void quiet_libtorch();

// The first line of what a library says, without its stack.
std::string first_line(const std::exception& error);

}  // namespace dlrun
