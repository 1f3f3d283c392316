// A delimited text table (RFC 4180) in memory: cells as text, with the line each row came from.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

struct CsvOptions {
  char separator = 0;          // 0: the one of , ; tab | that splits the first lines best
  std::optional<bool> header;  // the first row holds the names of the columns; not set: yes, unless it looks like data
  bool strip = true;           // white space around unquoted cells is no part of them
  bool use_names = true;       // false: the header is skipped, and columns are called by their place
};

// The separator that readers' options call comma, tab, semicolon or pipe; 0 for auto.
char separator_of(const std::string& name);

class CsvTable {
 public:
  // Reads a plain or gzip file. Fields in double quotes may hold separators, line ends and doubled quotes; empty lines
  // are skipped; line ends are LF, CRLF or CR. Throws UserError: no_input, or bad_data for text that is not UTF-8, rows
  // of unequal length, quotes that do not close, repeated names, a first row of data where names are expected, and a
  // file without rows. A column without a name is called by its place, like those of a table without a header.
  CsvTable(const std::string& path, const CsvOptions& options);

  const std::string& path() const { return path_; }
  int64_t rows() const { return static_cast<int64_t>(lines_.size()); }
  int64_t columns() const { return static_cast<int64_t>(names_.size()); }
  // From the header; "column_0", "column_1", ... without one.
  const std::vector<std::string>& names() const { return names_; }
  // Columns that the header leaves without a name.
  const std::vector<int64_t>& nameless() const { return nameless_; }
  void rename(std::vector<std::string> names);
  std::string_view cell(int64_t row, int64_t column) const {
    return cells_[static_cast<size_t>(row * columns() + column)];
  }
  int64_t line(int64_t row) const { return lines_[static_cast<size_t>(row)]; }  // from 1

  // The column of that name; -1 when there is none.
  int64_t find_name(std::string_view name) const;
  // The same, or the column of that number in text ("0", "-1" is the last), where no column's name is a number.
  int64_t find(std::string_view name) const;

 private:
  void read_header(const std::vector<std::string_view>& cells, const CsvOptions& options);

  std::string path_;
  std::shared_ptr<const std::string> text_;
  std::deque<std::string> unquoted_;  // cells that held doubled quotes
  std::vector<std::string> names_;
  std::map<std::string, int64_t, std::less<>> places_;  // by name
  std::vector<int64_t> nameless_;
  std::vector<std::string_view> cells_;
  std::vector<int64_t> lines_;
};

}  // namespace dlrun
