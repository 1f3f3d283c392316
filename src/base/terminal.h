// What a person sees: colours, the width of the terminal, tables, and one live line of progress.

#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

// How to write to a stream. NO_COLOR switches colours off, CLICOLOR_FORCE on; TERM=dumb means plain text.
struct Terminal {
  bool live = false;  // a person watches, and the cursor can go back
  bool color = false;
  int width = 80;  // columns: COLUMNS, else what the terminal says, else 80
};
Terminal terminal(FILE* stream);
// The rules alone. `columns` is what the terminal says, 0 when there is none; `get` is getenv.
Terminal terminal(bool is_terminal, int columns, const std::function<const char*(const char*)>& get);

enum class Style { plain, bold, dim, red, green, yellow, blue };
// The text in that style, unchanged where there are no colours.
std::string styled(const Terminal& terminal, Style style, std::string_view text);

// A text that may come from anywhere, safe to show: what would move the cursor, change colours or turn the writing
// round (control characters, bidirectional marks, bytes that are no UTF-8) becomes \x1B or \u202E. Tabs stay, and line
// ends with `lines`.
std::string visible(std::string_view text, bool lines = true);

// Columns a text takes, as text_width() (base/text.h) has it, without escape sequences.
int columns_of(std::string_view text);

// Aligned columns of plain text.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells);  // as many cells as columns, or fewer
  void line();                               // a rule across
  // Every row one line. Where the whole is wider than `width`, the widest left-aligned column is cut, marked by "...".
  std::string text(int width = 1 << 30) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
};

// One line about what goes on, on stderr. On a terminal it is redrawn in place at most ten times a second, and log
// lines appear above it; elsewhere it is printed as a plain line every `plain_every` seconds, without carriage returns.
class Progress {
 public:
  explicit Progress(double plain_every = 10.0, bool shown = true);
  ~Progress();  // takes the line away
  // Whether show() would do anything: composing the text costs time too.
  bool due() const;
  void show(const std::string& text);
  void clear();

 private:
  Terminal terminal_;
  double every_, next_;
  bool shown_;
};

// Writes whole lines to stderr above the live line. Errors are ignored: nobody is left to be told.
void write_line(const std::string& line);

}  // namespace dlrun
