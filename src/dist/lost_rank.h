// A rank that others wait for is gone, has left or does not come.

#pragma once

#include <string>

#include "base/error.h"

namespace dlrun {

// Thrown by every rank that is left: all end with 75, because the same command with --resume goes on. One of them is to
// tell it, the lowest: N ranks would say the same N times.
class LostRank : public UserError {
 public:
  LostRank(const std::string& message, bool tells) : UserError(ExitCode::again, message), tells_(tells) {}
  bool tells() const { return tells_; }

 private:
  bool tells_;
};

}  // namespace dlrun
