// What can be wrong with a text before it is YAML: its size, its encoding, invisible characters, tabs.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dlrun {

// The lines of a text, to turn byte offsets into places.
class Lines {
 public:
  explicit Lines(const std::string& text);
  size_t count() const { return starts_.size(); }
  // 1-based line of a byte offset.
  int line(size_t offset) const;
  // 1-based column, in characters, of a byte offset within its line.
  int column(size_t offset) const;
  // The byte offset of a 0-based line and byte column; the end of the text when there is no such place.
  size_t offset(int line, int byte_column) const;

 private:
  const std::string& text_;
  std::vector<size_t> starts_;
};

struct TextProblem {
  size_t offset;
  std::string message;
};

// The first problem of a text, if it has any.
std::optional<TextProblem> check_text(const std::string& text);

}  // namespace dlrun
