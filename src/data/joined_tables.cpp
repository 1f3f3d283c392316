// Which files a table has, and how their rows become one.

#include "data/joined_tables.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "data/arrow_table.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

// Tables of different ones are not joined.
const char* kind_of_table(const std::string& path) {
  return is_json_lines(path) ? "JSON Lines" : is_arrow_table(path) ? "Parquet, Arrow and Feather" : "delimited text";
}

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos && !FileSystem::instance().exists(path);
}

std::vector<std::string> in_quotes_each(std::vector<std::string> names) {
  for (std::string& name : names) name = "'" + name + "'";
  return names;
}

}  // namespace

std::vector<std::string> files_meant(const std::string& path) {
  if (!is_pattern(path)) return {path};
  glob_t found{};
  std::vector<std::string> files;
  if (glob(path.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  std::sort(files.begin(), files.end());
  return files.empty() ? std::vector<std::string>{path} : files;
}

std::vector<std::string> table_files(const std::vector<std::string>& paths, const std::string& key) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    const std::vector<std::string> meant = files_meant(path);
    if (is_pattern(path) && meant == std::vector<std::string>{path})
      throw UserError(ExitCode::no_input, path + ": no file has a name like this (" + key + ")");
    for (const std::string& file : meant) {
      if (std::find(files.begin(), files.end(), file) != files.end())
        throw UserError(ExitCode::bad_recipe, key + ": " + file + " is there twice: its rows would count twice");
      files.push_back(file);
    }
  }
  return files;
}

size_t CsvTable::file_number(int64_t row) const {
  size_t number = files_.size() - 1;
  while (files_[number].first_row > row) --number;
  return number;
}

const char* CsvTable::counted() const { return is_arrow_table(files_[0].name) ? "row" : "line"; }

std::string CsvTable::full_place(int64_t row) const { return fmt::format("{} {} {}", file(row), counted(), line(row)); }

std::string CsvTable::place(int64_t row) const {
  return files_.size() == 1 ? fmt::format("{} {}", counted(), line(row)) : full_place(row);
}

void CsvTable::widen(const std::vector<std::string>& names) {
  const size_t before = names_.size(), width = before + names.size();
  std::vector<std::string_view> cells(lines_.size() * width);
  for (size_t row = 0; row < lines_.size(); ++row)
    std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(row * before), before,
                cells.begin() + static_cast<std::ptrdiff_t>(row * width));
  cells_ = std::move(cells);
  std::vector<std::string> all = names_;
  all.insert(all.end(), names.begin(), names.end());
  rename(std::move(all));
}

void CsvTable::join(CsvTable&& other) {
  const std::string first = files_[0].name;
  const bool json = is_json_lines(first);
  const std::string kind = kind_of_table(first), other_kind = kind_of_table(other.path_);
  if (kind != other_kind)
    bad_data(other.path_, fmt::format("is not of the kind of {}: {} and {} make no table together", first,
                                      std::min(kind, other_kind), std::max(kind, other_kind)));
  std::vector<std::string> lacks, adds;
  for (const std::string& name : names_)
    if (other.find_name(name) < 0) lacks.push_back(name);
  for (const std::string& name : other.names_)
    if (find_name(name) < 0) adds.push_back(name);
  if (!json && (!lacks.empty() || !adds.empty())) {
    std::string what;
    if (!lacks.empty()) what += " lacks " + dlrun::join(in_quotes_each(lacks), ", ");
    if (!adds.empty())
      what += std::string(what.empty() ? "" : ",") + " has " + dlrun::join(in_quotes_each(adds), ", ") + " beside them";
    bad_data(other.path_, "has not the columns of " + first + ":" + what);
  }
  for (const std::string& name : lacks)
    log_info(fmt::format("{}: '{}' is in no line, but in {}: cells without a value", other.path_, name, first));
  for (const std::string& name : adds)
    log_info(fmt::format("'{}' is in {}, but in no file before it: cells without a value", name, other.path_));
  if (!adds.empty()) widen(adds);
  std::vector<int64_t> places;
  for (const std::string& name : names_) places.push_back(other.find_name(name));
  files_.push_back({other.path_, rows()});
  for (int64_t row = 0; row < other.rows(); ++row)
    for (const int64_t place : places) cells_.push_back(place < 0 ? std::string_view() : other.cell(row, place));
  lines_.insert(lines_.end(), other.lines_.begin(), other.lines_.end());
  const size_t more = files_.size() - 1;
  path_ = fmt::format("{} and {} more file{}", first, more, more == 1 ? "" : "s");
  joined_.push_back(std::make_shared<const CsvTable>(std::move(other)));
}

}  // namespace dlrun
