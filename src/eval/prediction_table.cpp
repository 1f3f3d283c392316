// Predictions as a table.

#include "eval/prediction_table.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace dlrun {
namespace {

using Cells = std::vector<std::pair<std::string, nlohmann::ordered_json>>;  // column, value

void flatten(const std::string& name, const nlohmann::ordered_json& value, Cells& cells) {
  if (value.is_structured() && !value.empty()) {
    size_t place = 0;
    for (const auto& [key, inner] : value.items())
      flatten(name + "." + (value.is_array() ? std::to_string(place++) : key), inner, cells);
    return;
  }
  cells.emplace_back(name, value);
}

struct FlatRecords {
  std::vector<std::string> names;        // of columns, in the order in which they are met
  std::map<std::string, size_t> places;  // of names
  std::vector<Cells> rows;
};

FlatRecords flattened(const std::vector<nlohmann::ordered_json>& records) {
  FlatRecords flat;
  for (const nlohmann::ordered_json& record : records) {
    Cells& cells = flat.rows.emplace_back();
    for (const auto& [key, value] : record.items()) flatten(key, value, cells);
    for (const auto& [name, value] : cells)
      if (flat.places.emplace(name, flat.names.size()).second) flat.names.push_back(name);
  }
  return flat;
}

std::string text_of(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// One column of all rows; null where a row has no value.
WrittenColumn column_of(const std::string& name, const std::vector<const nlohmann::ordered_json*>& values) {
  const auto all = [&](auto is) {
    return std::all_of(values.begin(), values.end(), [&](const auto* value) { return !value || is(*value); });
  };
  WrittenColumn column{name, {}, {}};
  for (const auto* value : values) column.known.push_back(value != nullptr);
  const auto fill = [&]<class Value>(std::vector<Value> filled, auto take) {
    for (const auto* value : values) filled.push_back(value ? static_cast<Value>(take(*value)) : Value());
    column.values = std::move(filled);
  };
  using Json = nlohmann::ordered_json;
  if (all([](const Json& value) { return value.is_boolean(); }))
    fill(std::vector<uint8_t>(), [](const Json& value) { return value.get<bool>(); });
  else if (all([](const Json& value) { return value.is_number_integer(); }))
    fill(std::vector<int64_t>(), [](const Json& value) { return value.get<int64_t>(); });
  else if (all([](const Json& value) { return value.is_number(); }))
    fill(std::vector<double>(), [](const Json& value) { return value.get<double>(); });
  else
    fill(std::vector<std::string>(), [](const Json& value) { return text_of(value); });
  return column;
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
  for (const char* other : {".xlsx", ".xls", ".ods", ".h5", ".npy", ".npz", ".pkl"})
    if (ending == other)
      throw UserError(
          ExitCode::usage,
          "--output " + path + ": predictions are written as .csv, .tsv, .jsonl or .parquet, not " + ending);
  return std::nullopt;
}

std::string table_text(const std::vector<nlohmann::ordered_json>& records, char separator) {
  const FlatRecords flat = flattened(records);
  std::string table;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) table += separator;
      table += cell_text(cells[i], separator);
    }
    table += '\n';
  };
  add(flat.names);
  for (const Cells& cells : flat.rows) {
    std::vector<std::string> row(flat.names.size());
    for (const auto& [name, value] : cells) row[flat.places.at(name)] = text_of(value);
    add(row);
  }
  return table;
}

std::vector<WrittenColumn> table_columns(const std::vector<nlohmann::ordered_json>& records) {
  const FlatRecords flat = flattened(records);
  std::vector<std::vector<const nlohmann::ordered_json*>> values(
      flat.names.size(), std::vector<const nlohmann::ordered_json*>(flat.rows.size()));
  for (size_t row = 0; row < flat.rows.size(); ++row)
    for (const auto& [name, value] : flat.rows[row])
      if (!value.is_null()) values[flat.places.at(name)][row] = &value;
  std::vector<WrittenColumn> columns;
  for (size_t i = 0; i < flat.names.size(); ++i) columns.push_back(column_of(flat.names[i], values[i]));
  return columns;
}

}  // namespace dlrun
