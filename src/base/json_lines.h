// A file of one JSON object a line that another process appends to.

#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace dlrun {

// Gives what was added since it last looked. The file may not be there yet; one that has become shorter (a run that
// goes on from a checkpoint cuts its own) is read again from its beginning.
class JsonLines {
 public:
  explicit JsonLines(std::string path) : path_(std::move(path)) {}
  // Calls `take` with each new line that is a whole object, others are passed over; and `began_anew` before, when what
  // was taken until now no longer holds. Throws UserError where the file cannot be read.
  void read(const std::function<void(const nlohmann::json&)>& take, const std::function<void()>& began_anew);

 private:
  std::string path_;
  size_t position_ = 0;
};

}  // namespace dlrun
