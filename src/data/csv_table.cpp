// A delimited text table (RFC 4180) in memory.

#include "data/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "base/long_work.h"
#include "base/text.h"
#include "data/arrow_table.h"
#include "data/csv_header.h"
#include "data/input_file.h"
#include "data/numbers.h"
#include "data/workbook.h"

namespace dlrun {
namespace {

constexpr size_t told_every = 1 << 20;  // bytes of the text that are read between two looks at the clock

bool blank(char c) { return c == ' ' || c == '\t'; }
bool ends_line(char c) { return c == '\n' || c == '\r'; }

// Walks the text once, cell by cell.
class Parser {
 public:
  Parser(const std::string& path, std::string_view text, char separator, bool strip, std::deque<std::string>& unquoted)
      : path_(path), text_(text), separator_(separator), strip_(strip), unquoted_(unquoted) {}

  int64_t line() const { return line_; }
  size_t offset() const { return at_; }

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

// How a separator cuts the first rows.
struct Cut {
  size_t columns = 0;
  double clean = 0.0;  // share of the cells that hold no other separator; a decimal comma is none
};

// Nothing where it cuts them unevenly.
std::optional<Cut> cut_with(std::string_view text, char separator) {
  static const NumberFormat with_comma{.decimal = "comma"};
  std::deque<std::string> ignored;
  const std::string nameless;
  Parser parser(nameless, text, separator, true, ignored);
  Cut cut;
  size_t cells_seen = 0, clean = 0;
  try {
    for (int i = 0; i < 20 && parser.at_row(); ++i) {
      std::vector<std::string_view> cells;
      parser.row(cells);
      if (cut.columns != 0 && cells.size() != cut.columns) return std::nullopt;
      cut.columns = cells.size();
      for (std::string_view cell : cells) {
        ++cells_seen;
        const bool other = std::any_of(cell.begin(), cell.end(), [&](char c) {
          return c != separator && std::string_view(",\t;|").find(c) != std::string_view::npos;
        });
        clean += !other || parse_number(cell, with_comma).has_value();
      }
    }
  } catch (const UserError&) {
    return std::nullopt;
  }
  cut.clean = static_cast<double>(clean) / static_cast<double>(std::max<size_t>(1, cells_seen));
  return cut;
}

// The separator that cuts the first rows evenly and leaves the cleanest cells, then the most. A single column needs
// none.
char guess_separator(std::string_view text) {
  char best = ',';
  Cut most{1, 0.0};
  for (char separator : {',', '\t', ';', '|'}) {
    const std::optional<Cut> cut = cut_with(text, separator);
    if (!cut || cut->columns < 2) continue;
    if (std::tie(cut->clean, cut->columns) > std::tie(most.clean, most.columns)) {
      most = *cut;
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

}  // namespace

char separator_of(const std::string& name) {
  if (name == "comma") return ',';
  if (name == "tab") return '\t';
  if (name == "semicolon") return ';';
  return name == "pipe" ? '|' : '\0';
}

void CsvTable::rename(std::vector<std::string> names) {
  names_ = std::move(names);
  places_.clear();
  for (size_t i = 0; i < names_.size(); ++i) places_.emplace(names_[i], static_cast<int64_t>(i));
}

void CsvTable::read_header(const std::vector<std::string_view>& cells, const CsvOptions& options) {
  if (!options.use_names) return;
  std::vector<std::string> names(cells.begin(), cells.end());
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) continue;
    names[i] = "column_" + std::to_string(i);
    nameless_.push_back(static_cast<int64_t>(i));
  }
  check_column_names(path_, names);
  rename(std::move(names));
}

void CsvTable::name_by_place(size_t width) {
  std::vector<std::string> names;
  for (size_t i = 0; i < width; ++i) names.push_back("column_" + std::to_string(i));
  rename(std::move(names));
}

CsvTable::CsvTable(const std::string& path, const CsvOptions& options) : path_(path), files_{{path, 0}} {
  if (is_arrow_table(path)) {
    read_arrow(options);
    return;
  }
  text_ = std::make_shared<const std::string>(is_workbook(path) ? workbook_text(path, options.sheet) : load_file(path));
  std::string_view text = *text_;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  check_text(path, text);
  if (is_json_lines(path))
    read_json_lines(text);
  else
    read_delimited(text, options);
}

void CsvTable::read_delimited(std::string_view text, const CsvOptions& options) {
  const char separator = is_workbook(path_) ? ',' : options.separator ? options.separator : guess_separator(text);
  Parser parser(path_, text, separator, options.strip, unquoted_);
  size_t width = 0;
  std::string first = "the first row";
  std::vector<std::string_view> header;
  if (options.header.value_or(true) && parser.at_row()) {
    parser.row(header);
    read_header(header, options);
    width = header.size();
    first = "the header";
  }
  LongWork reading("reading " + path_, static_cast<int64_t>(text.size()), Counted::bytes);
  size_t told = 0;
  while (parser.at_row()) {
    if (parser.offset() > told + told_every) {
      reading.done(static_cast<int64_t>(parser.offset() - told));
      told = parser.offset();
    }
    const int64_t line = parser.line();
    const size_t before = cells_.size();
    parser.row(cells_);
    const size_t count = cells_.size() - before;
    if (width == 0) width = count;
    if (count != width)
      bad_data(path_, "line " + std::to_string(line) + ": has " + std::to_string(count) + " cells, " + first + " has " +
                          std::to_string(width));
    lines_.push_back(line);
  }
  if (lines_.empty()) bad_data(path_, text.empty() ? "is empty, expected a table" : "has no rows below the header");
  if (!options.header && options.use_names && !header.empty()) refuse_data_as_names(path_, header, cells_);
  if (names_.empty()) name_by_place(width);
}

int64_t CsvTable::find_name(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? -1 : found->second;
}

int64_t CsvTable::find(std::string_view name) const {
  if (const int64_t place = find_name(name); place >= 0) return place;
  const auto number_of = [](std::string_view text) -> std::optional<int64_t> {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
  };
  std::optional<int64_t> number = number_of(name);
  if (!number) return -1;
  for (const std::string& other : names_)  // Where names are numbers a number is a name.
    if (*number >= 0 && number_of(other)) return -1;
  if (*number < 0) *number += columns();
  return *number >= 0 && *number < columns() ? *number : -1;
}

}  // namespace dlrun
