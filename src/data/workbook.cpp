// The XML inside a workbook, by pugixml; the archive around it, by libarchive.

#include "data/workbook.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "data/archive.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

constexpr int64_t most_sheet_rows = 1'048'576,
                  most_sheet_columns = 16'384;  // of a sheet, in every program that writes them

// Without the namespace's prefix: "x:row" is a row.
std::string_view xml_name(const char* name) {
  const std::string_view whole = name;
  const size_t colon = whole.find(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

pugi::xml_node xml_child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& each : node.children())
    if (xml_name(each.name()) == name) return each;
  return {};
}

std::string xml_attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& each : node.attributes())
    if (xml_name(each.name()) == name) return each.value();
  return "";
}

// The text of <t>, or of all <r><t>; notes on pronunciation (<rPh>) are none of it.
std::string xml_text(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& each : node.children()) {
    if (xml_name(each.name()) == "t") text += each.text().get();
    if (xml_name(each.name()) == "r") text += xml_child(each, "t").text().get();
  }
  return text;
}

// "BC12" -> column 54 from 0; -1 where it is none.
int64_t sheet_column(std::string_view cell) {
  int64_t column = 0;
  size_t at = 0;
  for (; at < cell.size() && cell[at] >= 'A' && cell[at] <= 'Z' && column <= most_sheet_columns; ++at)
    column = column * 26 + (cell[at] - 'A' + 1);
  return at == 0 || column > most_sheet_columns ? -1 : column - 1;
}

// Whether a format of numbers shows a date or a time: a letter of them outside quotes, brackets and escapes.
bool is_date_format(std::string_view format) {
  bool quoted = false, bracketed = false;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '[') {
      // [h] and [mm] count hours and minutes, and are times; [Red] and [$-409] are none.
      const size_t end = std::min(format.find(']', i), format.size());
      const std::string inside = lower(format.substr(i + 1, end - i - 1));
      if (!inside.empty() && inside.find_first_not_of(inside[0]) == std::string::npos &&
          std::string_view("hms").find(inside[0]) != std::string_view::npos)
        return true;
      bracketed = true;
    } else if (c == ']') {
      bracketed = false;
    } else if (!quoted && !bracketed && std::string_view("yYmMdDhHsS").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool is_builtin_date(int64_t format) {
  return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || (format >= 45 && format <= 47) ||
         (format >= 50 && format <= 58);
}

// Days since 1899-12-30 (or 1904-01-01) as ISO 8601, to the second. Day 60 of the older calendar never was: those
// before it are a day later there.
std::string serial_date_text(double serial, bool from_1904) {
  if (!from_1904 && serial < 60) serial += 1;
  const double seconds = std::round(serial * 86400);
  const auto whole = static_cast<int64_t>(std::floor(seconds / 86400));
  const auto rest = static_cast<int64_t>(seconds) - whole * 86400;
  // Howard Hinnant's civil_from_days, for days since 1970.
  const int64_t shifted = whole - (from_1904 ? 24107 : 25569) + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097, day_of_era = shifted - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * march + 2) / 5 + 1;
  const int64_t month = march < 10 ? march + 3 : march - 9, year = year_of_era + era * 400 + (month <= 2);
  std::string text = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  if (rest != 0) text += fmt::format(" {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
  return text;
}

std::string quoted_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

class Workbook {
 public:
  explicit Workbook(const std::string& path) : path_(path) {
    const auto wanted = [](const std::string& name, const FirstBytes&) {
      return name.starts_with("xl/") && (name.ends_with(".xml") || name.ends_with(".xml.rels"));
    };
    read_archive(path, {}, wanted,
                 [&](const std::string& name, std::string bytes) { parts_[name] = std::move(bytes); });
    if (!parts_.contains("xl/workbook.xml"))
      bad_data(path,
               "is no Excel workbook (.xlsx): it holds no xl/workbook.xml. Old .xls files must be saved as .xlsx");
    read_styles();
    read_strings();
  }

  std::string text(const std::string& sheet) {
    const std::string part = part_of(sheet);
    const pugi::xml_document document = parse(part);
    const pugi::xml_node root = document.document_element();
    std::vector<std::vector<std::string>> rows;
    size_t width = 0;
    int64_t number = 0;
    for (const pugi::xml_node& row : xml_child(root, "sheetData").children()) {
      const int64_t last = number;
      number = number_in(xml_attribute(row, "r"), last + 1);
      if (number < 1 || number > most_sheet_rows)
        bad_data(path_, fmt::format("{}: row {} is none of a sheet", part, number));
      if (number <= last) bad_data(path_, fmt::format("{}: row {} comes after row {}", part, number, last));
      std::vector<std::string> cells = cells_of(row, number);
      while (!cells.empty() && cells.back().empty()) cells.pop_back();
      if (cells.empty()) continue;
      rows.resize(static_cast<size_t>(number));
      width = std::max(width, cells.size());
      rows.back() = std::move(cells);
    }
    if (width == 0) bad_data(path_, "the sheet '" + name_ + "' holds no cell");
    if (const pugi::xml_node merged = xml_child(root, "mergeCells"))
      log_info(fmt::format("{}: {} groups of merged cells: the first of each holds the value, the others none", path_,
                           std::distance(merged.begin(), merged.end())));
    std::string lines;
    for (const std::vector<std::string>& row : rows) {
      if (!row.empty())
        for (size_t i = 0; i < width; ++i) lines += (i > 0 ? "," : "") + (i < row.size() ? row[i] : "");
      lines += '\n';
    }
    return lines;
  }

 private:
  pugi::xml_document parse(const std::string& part) const {
    const auto found = parts_.find(part);
    if (found == parts_.end()) bad_data(path_, "holds no " + part + ", which it names");
    pugi::xml_document document;
    // White space alone may be a text; entities that a file defines itself are not followed.
    const pugi::xml_parse_result result = document.load_buffer(found->second.data(), found->second.size(),
                                                               pugi::parse_default | pugi::parse_ws_pcdata_single);
    if (!result)
      bad_data(path_, fmt::format("{} is damaged at byte {}: {}", part, result.offset, result.description()));
    return document;
  }

  static int64_t number_in(const std::string& text, int64_t otherwise) {
    int64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  // The part that holds a sheet.
  std::string part_of(const std::string& wanted) {
    const pugi::xml_document document = parse("xl/workbook.xml");
    const pugi::xml_node root = document.document_element();
    const std::string calendar = xml_attribute(xml_child(root, "workbookPr"), "date1904");
    from_1904_ = calendar == "1" || calendar == "true";
    std::vector<std::string> names, ids;
    for (const pugi::xml_node& sheet : xml_child(root, "sheets").children()) {
      names.push_back(xml_attribute(sheet, "name"));
      ids.push_back(xml_attribute(sheet, "id"));
    }
    if (names.empty()) bad_data(path_, "holds no sheets");
    const size_t place = wanted.empty() ? 0 : std::find(names.begin(), names.end(), wanted) - names.begin();
    if (place == names.size())
      bad_data(path_, "holds no sheet '" + wanted + "' (data.sheet); it has: " + join(names, ", "));
    name_ = names[place];
    if (wanted.empty() && names.size() > 1)
      log_info(fmt::format("{}: read is the first of {} sheets, '{}'; data.sheet names another one", path_,
                           names.size(), name_));
    const pugi::xml_document relations = parse("xl/_rels/workbook.xml.rels");
    for (const pugi::xml_node& relation : relations.document_element().children()) {
      if (xml_attribute(relation, "Id") != ids[place]) continue;
      const std::string target = xml_attribute(relation, "Target");
      return target.starts_with('/') ? target.substr(1) : "xl/" + target;
    }
    bad_data(path_, "does not say where its sheet '" + name_ + "' is");
  }

  void read_strings() {
    if (!parts_.contains("xl/sharedStrings.xml")) return;
    const pugi::xml_document document = parse("xl/sharedStrings.xml");
    for (const pugi::xml_node& string : document.document_element().children())
      if (xml_name(string.name()) == "si") strings_.push_back(xml_text(string));
  }

  void read_styles() {
    if (!parts_.contains("xl/styles.xml")) return;
    const pugi::xml_document document = parse("xl/styles.xml");
    std::set<int64_t> dates;
    for (const pugi::xml_node& format : xml_child(document.document_element(), "numFmts").children())
      if (is_date_format(xml_attribute(format, "formatCode")))
        dates.insert(number_in(xml_attribute(format, "numFmtId"), -1));
    for (const pugi::xml_node& style : xml_child(document.document_element(), "cellXfs").children()) {
      const int64_t format = number_in(xml_attribute(style, "numFmtId"), 0);
      shows_date_.push_back(is_builtin_date(format) || dates.contains(format));
    }
  }

  std::vector<std::string> cells_of(const pugi::xml_node& row, int64_t number) const {
    std::vector<std::string> cells;
    for (const pugi::xml_node& cell : row.children()) {
      const std::string place = xml_attribute(cell, "r");
      const int64_t column = place.empty() ? static_cast<int64_t>(cells.size()) : sheet_column(place);
      if (column < 0 || column >= most_sheet_columns)
        bad_data(path_, fmt::format("row {}: '{}' is no cell of a sheet", number, place));
      if (cells.size() <= static_cast<size_t>(column)) cells.resize(static_cast<size_t>(column) + 1);
      cells[static_cast<size_t>(column)] =
          quoted_cell(value_of(cell, place.empty() ? fmt::format("row {}", number) : place));
    }
    return cells;
  }

  std::string value_of(const pugi::xml_node& cell, const std::string& place) const {
    const std::string type = xml_attribute(cell, "t");
    if (type == "inlineStr") return xml_text(xml_child(cell, "is"));
    const pugi::xml_node stored = xml_child(cell, "v");
    const std::string value = stored.text().get();
    if (value.empty()) {
      if (xml_child(cell, "f") && type != "str")
        bad_data(path_, place +
                            ": is a formula whose value was never computed; open the file in a program that computes "
                            "it, and save it");
      return "";
    }
    if (type == "s") {
      const int64_t index = number_in(value, -1);
      if (index < 0 || index >= static_cast<int64_t>(strings_.size()))
        bad_data(path_, fmt::format("{}: is text number {} of {}", place, value, strings_.size()));
      return strings_[static_cast<size_t>(index)];
    }
    if (type == "b") return value == "0" ? "false" : "true";
    if (!type.empty() && type != "n") return value;  // text of a formula, an error, a date that is written out
    const int64_t style = number_in(xml_attribute(cell, "s"), 0);
    if (style < 0 || style >= static_cast<int64_t>(shows_date_.size()) || !shows_date_[static_cast<size_t>(style)])
      return value;
    double serial = std::nan("");
    std::from_chars(value.data(), value.data() + value.size(), serial);
    // Below a day it is a time alone, and a number of days is what there is of it.
    return serial >= 1 && serial < 2958466 ? serial_date_text(serial, from_1904_) : value;
  }

  const std::string& path_;
  std::string name_;
  std::map<std::string, std::string> parts_;
  std::vector<std::string> strings_;
  std::vector<bool> shows_date_;
  bool from_1904_ = false;
};

}  // namespace

bool is_workbook(const std::string& path) {
  const std::string name = lower(path);
  return name.ends_with(".xlsx") || name.ends_with(".xlsm");
}

std::string workbook_text(const std::string& path, const std::string& sheet) { return Workbook(path).text(sheet); }

}  // namespace dlrun
