// Ranks of a group as child processes of a test: what each said at its end is looked at by the test itself.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dist/group.h"

namespace dlrun::test {

struct Ended {
  std::string said;    // what its work returned; "UserError CODE: message" or "exception: message" where it threw
  int signal = 0;      // that ended it; 0 where none did
  double seconds = 0;  // of its work
};

// A child process that does `work`, which may write to the pipe `output` before its result is. Ended after five
// minutes.
class Child {
 public:
  explicit Child(const std::function<std::string(int output)>& work);
  Ended end() const;  // waits for it
  int process() const { return process_; }
  int pipe() const { return pipe_; }

 private:
  int process_ = -1, pipe_ = -1;
};

// A child that serves a meeting place until the end of the scope, as launchers do. Not the test program itself: threads
// of libtorch in it would not survive a fork.
class Agent {
 public:
  Agent();
  ~Agent();
  RankPlace place(int64_t rank, int64_t size) const;

 private:
  Child child_;
  uint16_t port_ = 0;
};

// A free port of this machine, where rank 0 is to open the meeting place itself.
RankPlace own_place(uint16_t port, int64_t rank, int64_t size);
uint16_t free_port();

using Work = std::function<std::string(Group&)>;

// Opens a group at every place, each in a process of its own, and does the work there.
std::vector<Ended> run_places(const std::vector<RankPlace>& places, const Work& work, const GroupOptions& options = {});
std::vector<Ended> run_ranks(int64_t size, const Work& work, const GroupOptions& options = {});

}  // namespace dlrun::test
