// Folders that are numbered by themselves: "runs/table-${n}" is runs/table-4 where runs/table-3 is the highest there
// is.

#pragma once

#include <string>

namespace dlrun {

inline constexpr const char* number_mark = "${n}";

// Whether a path waits for its number.
bool is_numbered(const std::string& path);

// The path with the highest number that is there, of files and folders alike; empty where there is none.
std::string highest_numbered(const std::string& path);
// The path with the number after that, from 1: what it was when this was asked.
std::string next_numbered(const std::string& path);
// " For the last one: COMMAND runs/table-3 --resume", for an error; empty where there is none.
std::string last_numbered_hint(const std::string& path, const std::string& command);

// A number of one's own: the folder up to the name that holds it is made in one step, so that of two processes that ask
// at once each gets another one. Where nothing lies in it at the end, it goes again.
class NumberedFolder {
 public:
  // Throws UserError(cannot_write) where it cannot be made.
  explicit NumberedFolder(const std::string& path);
  ~NumberedFolder();
  NumberedFolder(const NumberedFolder&) = delete;
  NumberedFolder& operator=(const NumberedFolder&) = delete;

  const std::string& path() const { return path_; }  // with its number; what lies behind the name is not made
  void keep() { kept_ = true; }                      // empty too: it is for another process

 private:
  std::string made_, path_;
  bool kept_ = false;
};

}  // namespace dlrun
