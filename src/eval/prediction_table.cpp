// Predictions as a table.

#include "eval/prediction_table.h"

#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace dlrun {
namespace {

using Cells = std::vector<std::pair<std::string, std::string>>;  // column, text

void flatten(const std::string& name, const nlohmann::ordered_json& value, Cells& cells) {
  if (value.is_structured() && !value.empty()) {
    size_t place = 0;
    for (const auto& [key, inner] : value.items())
      flatten(name + "." + (value.is_array() ? std::to_string(place++) : key), inner, cells);
    return;
  }
  const bool text = value.is_string();
  cells.emplace_back(name, value.is_null() ? "" : text ? value.get<std::string>() : value.dump());
}

std::string cell_text(const std::string& text, char separator) {
  if (text.find_first_of(std::string("\"\n\r") + separator) == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::optional<char> table_separator(const std::string& path) {
  const std::string ending = lower(std::filesystem::path(path).extension().string());
  if (ending == ".csv") return ',';
  if (ending == ".tsv" || ending == ".tab") return '\t';
  for (const char* other : {".parquet", ".xlsx", ".xls", ".ods", ".arrow", ".feather", ".h5", ".npy", ".npz", ".pkl"})
    if (ending == other)
      throw UserError(ExitCode::usage,
                      "--output " + path + ": predictions are written as .csv, .tsv or .jsonl, not " + ending);
  return std::nullopt;
}

std::string table_text(const std::vector<nlohmann::ordered_json>& records, char separator) {
  std::vector<std::string> names;
  std::map<std::string, size_t> places;
  std::vector<Cells> rows;
  for (const nlohmann::ordered_json& record : records) {
    Cells& cells = rows.emplace_back();
    for (const auto& [key, value] : record.items()) flatten(key, value, cells);
    for (const auto& [name, text] : cells)
      if (places.emplace(name, names.size()).second) names.push_back(name);
  }
  std::string table;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) table += separator;
      table += cell_text(cells[i], separator);
    }
    table += '\n';
  };
  add(names);
  for (const Cells& cells : rows) {
    std::vector<std::string> row(names.size());
    for (const auto& [name, text] : cells) row[places.at(name)] = text;
    add(row);
  }
  return table;
}

}  // namespace dlrun
