// A table in memory, of delimited text (RFC 4180), of JSON Lines, of a sheet of an Excel workbook or of a Parquet,
// Arrow or Feather file, or several of one kind as one: cells as text, with the file and line each row came from.

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
  std::string sheet;           // of a workbook (data/workbook.h); empty: the first one
};

// The separator that readers' options call comma, tab, semicolon or pipe; 0 for auto.
char separator_of(const std::string& name);

// By the ending of its name: .jsonl and .ndjson, each also with .gz.
bool is_json_lines(const std::string& path);

class CsvTable {
 public:
  // Reads a plain or gzip file. Fields in double quotes may hold separators, line ends and doubled quotes; empty lines
  // are skipped; line ends are LF, CRLF or CR. Throws UserError: no_input, or bad_data for text that is not UTF-8, rows
  // of unequal length, quotes that do not close, repeated names, a first row of data where names are expected, and a
  // file without rows. A column without a name is called by its place, like those of a table without a header.
  //
  // JSON Lines: an object a line, flat; a column for each key, in the order in which keys are met. Numbers keep their
  // digits, null and a key that a line lacks are empty cells, which is told of the latter. bad_data for a line that is
  // none, for a list or an object in it, and for a key twice; separator and header mean nothing there.
  //
  // A workbook's sheet: as delimited text, where it has no separator; a row is its line.
  //
  // Parquet, Arrow and Feather (data/arrow_table.h): numbers with the fewest digits that give them back, true and
  // false, dates and times by ISO 8601, null and NaN as empty cells; columns of lists, structs and bytes are left out,
  // which is told. separator and header mean nothing there, and rows are counted from 1.
  CsvTable(const std::string& path, const CsvOptions& options);

  // The rows of `other` below these, its columns by their names. Throws UserError(bad_data) where they are not the
  // same ones; of JSON Lines lacking ones are empty. Files of both kinds are not joined.
  void join(CsvTable&& other);

  // "a.csv", or "a.csv and 2 more files".
  const std::string& path() const { return path_; }
  // The file of a row.
  const std::string& file(int64_t row) const { return files_[file_number(row)].name; }
  // Where a row is, for messages that begin with path(): "line 7", of several files "b.csv line 7".
  std::string place(int64_t row) const;
  // The same, for itself: "b.csv line 7".
  std::string full_place(int64_t row) const;
  // What line() counts: "line", or "row" of a file without lines.
  const char* counted() const;
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
  struct File {
    std::string name;
    int64_t first_row;
  };
  void read_header(const std::vector<std::string_view>& cells, const CsvOptions& options);
  void name_by_place(size_t width);
  void read_delimited(std::string_view text, const CsvOptions& options);
  void read_json_lines(std::string_view text);
  void read_arrow(const CsvOptions& options);
  // Puts columns of empty cells behind the others.
  void widen(const std::vector<std::string>& names);
  size_t file_number(int64_t row) const;

  std::string path_;
  std::vector<File> files_;
  std::shared_ptr<const std::string> text_;
  std::deque<std::string> unquoted_;                     // what cells are in that do not stand in the text
  std::vector<std::shared_ptr<const CsvTable>> joined_;  // whose cells are among these
  std::vector<std::string> names_;
  std::map<std::string, int64_t, std::less<>> places_;  // by name
  std::vector<int64_t> nameless_;
  std::vector<std::string_view> cells_;
  std::vector<int64_t> lines_;
};

}  // namespace dlrun
