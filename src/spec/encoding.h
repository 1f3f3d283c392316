// What can be wrong with a text whatever it says: its size, its encoding, invisible characters, tabs.

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

// The first problem with the bytes of a text, if there is any.
std::optional<TextProblem> check_text(const std::string& text);

// The lines of a text that goes on over several: all but the first are `spaces` of indentation and characters.
struct TextLines {
  size_t begin = 0, end = 0;  // byte offsets
  size_t spaces = 0;
};

// The first tab in the indentation of a line. `texts` are in the order of the text.
std::optional<TextProblem> check_tabs(const std::string& text, const std::vector<TextLines>& texts);

}  // namespace dlrun
