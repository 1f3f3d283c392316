// A delimited text table (RFC 4180) in memory.

#include "data/csv_table.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

bool blank(char c) { return c == ' ' || c == '\t'; }
bool ends_line(char c) { return c == '\n' || c == '\r'; }

// Walks the text once, cell by cell.
class Parser {
 public:
  Parser(const std::string& path, std::string_view text, char separator, bool strip, std::deque<std::string>& unquoted)
      : path_(path), text_(text), separator_(separator), strip_(strip), unquoted_(unquoted) {}

  int64_t line() const { return line_; }

  // Skips empty lines; false at the end of the text.
  bool at_row() {
    while (at_ < text_.size() && ends_line(text_[at_])) end_line();
    return at_ < text_.size();
  }

  // Appends the cells of one row.
  void row(std::vector<std::string_view>& cells) {
    while (true) {
      cells.push_back(cell());
      if (at_ == text_.size()) return;
      if (ends_line(text_[at_])) return end_line();
      ++at_;  // the separator
      if (at_ == text_.size()) return cells.push_back({});
    }
  }

 private:
  void end_line() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  bool at_end_of_cell() const { return at_ == text_.size() || text_[at_] == separator_ || ends_line(text_[at_]); }

  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_]) && text_[at_] != separator_) ++at_;
  }

  std::string_view cell() {
    size_t start = at_;
    if (strip_) skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    if (!strip_) at_ = start;
    start = at_;
    while (!at_end_of_cell()) ++at_;
    size_t end = at_;
    while (strip_ && end > start && blank(text_[end - 1])) --end;
    return text_.substr(start, end - start);
  }

  std::string_view quoted() {
    const int64_t opened = line_;
    const size_t start = ++at_;
    bool doubled = false;
    while (true) {
      if (at_ == text_.size())
        bad_data(path_, "line " + std::to_string(opened) + ": a double quote opens here and never closes");
      if (text_[at_] == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
        doubled = true;
        ++at_;
      } else if (text_[at_] == '\n' || (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n'))) {
        ++line_;
      }
      ++at_;
    }
    const std::string_view inside = text_.substr(start, at_ - start);
    ++at_;
    if (strip_) skip_blanks();
    if (!at_end_of_cell())
      bad_data(path_, "line " + std::to_string(line_) +
                          ": text follows a closing double quote; a quote inside a quoted cell is written twice");
    return doubled ? collapse(inside) : inside;
  }

  std::string_view collapse(std::string_view inside) {
    std::string& value = unquoted_.emplace_back();
    for (size_t i = 0; i < inside.size(); ++i) {
      value.push_back(inside[i]);
      if (inside[i] == '"') ++i;
    }
    return value;
  }

  const std::string& path_;
  std::string_view text_;
  char separator_;
  bool strip_;
  std::deque<std::string>& unquoted_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

// The separator that gives the first rows equally many, and most, cells. A single column needs none.
char guess_separator(std::string_view text) {
  char best = ',';
  size_t most = 1;
  for (char separator : {',', '\t', ';', '|'}) {
    std::deque<std::string> ignored;
    const std::string nameless;
    Parser parser(nameless, text, separator, true, ignored);
    size_t columns = 0;
    bool even = true;
    try {
      for (int i = 0; i < 20 && even && parser.at_row(); ++i) {
        std::vector<std::string_view> cells;
        parser.row(cells);
        even = columns == 0 || cells.size() == columns;
        columns = cells.size();
      }
    } catch (const UserError&) {
      even = false;
    }
    if (even && columns > most) {
      most = columns;
      best = separator;
    }
  }
  return best;
}

void check_text(const std::string& path, std::string_view text) {
  auto line_of = [&](size_t offset) {
    return std::to_string(1 + std::count(text.begin(), text.begin() + offset, '\n'));
  };
  const size_t null = text.find('\0');
  if (null != std::string_view::npos)
    bad_data(path, "line " + line_of(null) + ": holds a zero byte; this is no text (UTF-16 must be saved as UTF-8)");
  const size_t invalid = invalid_utf8(text);
  if (invalid != std::string_view::npos)
    bad_data(path, "line " + line_of(invalid) + ": is not valid UTF-8 (offset " + std::to_string(invalid) +
                       "); save the table as UTF-8");
}

void check_names(const std::string& path, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) bad_data(path, "column " + std::to_string(i) + " has no name in the header");
    if (!seen.insert(names[i]).second) bad_data(path, "the header names '" + names[i] + "' twice");
  }
}

}  // namespace

CsvTable::CsvTable(const std::string& path, const CsvOptions& options)
    : path_(path), text_(std::make_shared<const std::string>(load_file(path))) {
  std::string_view text = *text_;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  check_text(path, text);
  const char separator = options.separator ? options.separator : guess_separator(text);
  Parser parser(path_, text, separator, options.strip, unquoted_);
  size_t width = 0;
  std::string first = "the first row";
  if (options.header && parser.at_row()) {
    std::vector<std::string_view> header;
    parser.row(header);
    names_.assign(header.begin(), header.end());
    check_names(path, names_);
    width = header.size();
    first = "the header";
  }
  while (parser.at_row()) {
    const int64_t line = parser.line();
    const size_t before = cells_.size();
    parser.row(cells_);
    const size_t count = cells_.size() - before;
    if (width == 0) width = count;
    if (count != width)
      bad_data(path, "line " + std::to_string(line) + ": has " + std::to_string(count) + " cells, " + first + " has " +
                         std::to_string(width));
    lines_.push_back(line);
  }
  if (lines_.empty()) bad_data(path, text.empty() ? "is empty, expected a table" : "has no rows below the header");
  if (names_.empty())
    for (size_t i = 0; i < width; ++i) names_.push_back("column_" + std::to_string(i));
}

int64_t CsvTable::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return found - names_.begin();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size()) return -1;
  if (number < 0) number += columns();
  return number >= 0 && number < columns() ? number : -1;
}

}  // namespace dlrun
