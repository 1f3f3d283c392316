// Turns cells of a table into numbers, with what was learned from the training rows.

#include "data/table_encoder.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

using Index = std::unordered_map<std::string_view, int64_t>;

Index index_of(const std::vector<std::string>& names) {
  Index index;
  for (size_t i = 0; i < names.size(); ++i) index.emplace(names[i], static_cast<int64_t>(i));
  return index;
}

std::string shown(std::string_view text) {
  std::string quoted = "'";
  quoted.append(text.substr(0, 80));
  quoted.push_back('\'');
  return quoted;
}

// Where the columns of an encoder are in a table.
std::vector<int64_t> places(const CsvTable& table, const std::vector<std::string>& names) {
  std::vector<int64_t> found;
  for (const std::string& name : names) {
    found.push_back(table.find(name));
    if (found.back() < 0) bad_data(table.path(), "has no column '" + name + "', which the model was trained with");
  }
  return found;
}

template <class Item>
std::vector<std::string> names_of(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

}  // namespace

std::optional<double> parse_cell(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string_view strip_end(std::string_view cell, std::string_view strip) {
  while (!cell.empty() && strip.find(cell.back()) != std::string_view::npos) cell.remove_suffix(1);
  return cell;
}

void bad_cell(const CsvTable& table, int64_t row, const std::string& column, const std::string& message) {
  bad_data(table.path(), "line " + std::to_string(table.line(row)) + ": column '" + column + "': " + message);
}

namespace {

// Writes one row's features of one column.
class ColumnWriter {
 public:
  ColumnWriter(const TableEncoder::Column& column, int64_t place, const Index& missing, bool unknown_is_error)
      : column_(column),
        place_(place),
        missing_(missing),
        unknown_is_error_(unknown_is_error),
        categories_(index_of(column.categories)) {}

  bool missing(const CsvTable& table, int64_t row) const { return missing_.contains(table.cell(row, place_)); }
  bool drops(const CsvTable& table, int64_t row) const { return column_.missing == "drop_row" && missing(table, row); }
  const std::string& name() const { return column_.name; }

  // `features`: width() zeros.
  void write(const CsvTable& table, int64_t row, float* features) {
    const bool unknown = missing(table, row);
    if (unknown && column_.missing == "error")
      bad_cell(table, row, column_.name, "holds no value, and missing values are errors (data.missing)");
    if (column_.categories.empty())
      write_number(table, row, unknown, features);
    else
      write_category(table, row, unknown, features);
  }

  // Says once how many cells of a category no training row had.
  void tell_unseen(const std::string& file) const {
    if (unseen_ == 0) return;
    log_warning(
        fmt::format("{}: column '{}': {} of a category that no training row has, {} the first of them; no "
                    "feature is set there (data.unknown_category)",
                    file, column_.name, unseen_ == 1 ? "one cell" : fmt::format("{} cells", unseen_), first_unseen_));
  }

 private:
  void write_number(const CsvTable& table, int64_t row, bool unknown, float* features) const {
    double value = column_.fill;
    if (!unknown) {
      const std::string_view cell = table.cell(row, place_);
      const std::optional<double> number = parse_cell(cell);
      if (!number) bad_cell(table, row, column_.name, "expected a finite number, got " + shown(cell));
      value = *number;
    }
    features[0] = static_cast<float>((value - column_.offset) / column_.scale);
    if (column_.indicator) features[1] = unknown ? 1.0f : 0.0f;
  }

  void write_category(const CsvTable& table, int64_t row, bool unknown, float* features) {
    int64_t category = column_.missing_category;
    if (!unknown) {
      const std::string_view cell = table.cell(row, place_);
      const auto found = categories_.find(cell);
      category = found == categories_.end() ? -1 : found->second;
      if (category < 0 && unknown_is_error_)
        bad_cell(table, row, column_.name,
                 shown(cell) + " does not occur in the training rows (data.unknown_category)");
      if (category < 0 && ++unseen_ == 1) first_unseen_ = shown(cell);
    }
    if (category >= 0) features[category] = 1.0f;
  }

  const TableEncoder::Column& column_;
  int64_t place_;
  const Index& missing_;
  bool unknown_is_error_;
  Index categories_;
  int64_t unseen_ = 0;
  std::string first_unseen_;
};

}  // namespace

EncodedRows TableEncoder::encode(const CsvTable& table, std::span<const int64_t> rows, bool with_target) const {
  const Index missing = index_of(missing_values_);
  const std::vector<int64_t> input_places = places(table, names_of(columns_));
  std::vector<ColumnWriter> writers;
  int64_t width = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    writers.emplace_back(columns_[i], input_places[i], missing, unknown_category_ == "error");
    width += columns_[i].width();
  }

  EncodedRows encoded;
  for (int64_t row : rows) {
    const auto drops = [&](const ColumnWriter& writer) { return writer.drops(table, row); };
    const auto dropping = std::find_if(writers.begin(), writers.end(), drops);
    if (dropping == writers.end())
      encoded.rows.push_back(row);
    else if (!with_target)
      bad_cell(table, row, dropping->name(), "holds no value; rows like it were left out of training (drop_row)");
  }

  const int64_t count = static_cast<int64_t>(encoded.rows.size());
  encoded.input = at::zeros({count, width}, at::kFloat);
  float* features = encoded.input.data_ptr<float>();
  for (int64_t row : encoded.rows)
    for (size_t i = 0; i < writers.size(); ++i) {
      writers[i].write(table, row, features);
      features += columns_[i].width();
    }
  for (const ColumnWriter& writer : writers) writer.tell_unseen(table.path());
  if (!with_target) return encoded;

  const std::vector<int64_t> target_places = places(table, names_of(targets_));
  const auto cell_of = [&](int64_t row, size_t k) {
    const std::string_view cell = table.cell(row, target_places[k]);
    if (missing.contains(cell)) bad_cell(table, row, targets_[k].name, "the target is missing");
    return cell;
  };
  if (!classes_.empty()) {
    const Index classes = index_of(classes_);
    encoded.target = at::empty({count}, at::kLong);
    int64_t* target = encoded.target.data_ptr<int64_t>();
    for (int64_t row : encoded.rows) {
      const std::string_view cell = cell_of(row, 0);
      const auto found = classes.find(strip_end(cell, strip_target_));
      if (found == classes.end())
        bad_cell(table, row, targets_[0].name,
                 shown(cell) + " is none of the " + std::to_string(classes_.size()) + " classes (" +
                     shown(classes_[0]) + ", " + shown(classes_.back()) + ", ...)");
      *target++ = found->second;
    }
    return encoded;
  }
  encoded.target = at::empty({count, static_cast<int64_t>(targets_.size())}, at::kFloat);
  float* target = encoded.target.data_ptr<float>();
  for (int64_t row : encoded.rows)
    for (size_t k = 0; k < targets_.size(); ++k) {
      const std::string_view cell = cell_of(row, k);
      const std::optional<double> number = parse_cell(cell);
      if (!number) bad_cell(table, row, targets_[k].name, "expected a finite number, got " + shown(cell));
      *target++ = static_cast<float>((*number - targets_[k].offset) / targets_[k].scale);
    }
  return encoded;
}

void TableEncoder::describe(DataInfo& info) const {
  for (const Column& column : columns_) {
    if (column.categories.empty()) {
      info.features.push_back(column.name);
      if (column.indicator) info.features.push_back(column.name + "_missing");
    }
    for (const std::string& category : column.categories) info.features.push_back(column.name + "=" + category);
  }
  info.fields = {{"input", FieldInfo::Means::numbers, {static_cast<int64_t>(info.features.size())}}};
  if (!classes_.empty()) {
    info.fields.push_back({"target", FieldInfo::Means::classes, {}, classes_});
    return;
  }
  info.fields.push_back({"target", FieldInfo::Means::numbers, {static_cast<int64_t>(targets_.size())}});
  info.targets = names_of(targets_);
  const auto scaled = [](const Target& target) { return target.offset != 0.0 || target.scale != 1.0; };
  if (std::none_of(targets_.begin(), targets_.end(), scaled)) return;
  for (const Target& target : targets_) {
    info.target_offset.push_back(target.offset);
    info.target_scale.push_back(target.scale);
  }
}

nlohmann::json TableEncoder::to_json() const {
  nlohmann::json columns = nlohmann::json::array(), targets = nlohmann::json::array();
  for (const Column& c : columns_) {
    if (c.categories.empty())
      columns.push_back({{"name", c.name},
                         {"missing", c.missing},
                         {"fill", c.fill},
                         {"indicator", c.indicator},
                         {"offset", c.offset},
                         {"scale", c.scale}});
    else
      columns.push_back({{"name", c.name},
                         {"missing", c.missing},
                         {"categories", c.categories},
                         {"missing_category", c.missing_category}});
  }
  for (const Target& t : targets_) targets.push_back({{"name", t.name}, {"offset", t.offset}, {"scale", t.scale}});
  return {{"columns", columns},
          {"targets", targets},
          {"classes", classes_},
          {"missing_values", missing_values_},
          {"unknown_category", unknown_category_},
          {"strip_target", strip_target_}};
}

TableEncoder TableEncoder::from_json(const nlohmann::json& fitted) {
  TableEncoder encoder;
  for (const nlohmann::json& c : fitted.at("columns")) {
    Column& column = encoder.columns_.emplace_back();
    column.name = c.at("name").get<std::string>();
    column.missing = c.at("missing").get<std::string>();
    if (c.contains("categories")) {
      column.categories = c.at("categories").get<std::vector<std::string>>();
      column.missing_category = c.at("missing_category").get<int64_t>();
    } else {
      column.fill = c.at("fill").get<double>();
      column.indicator = c.at("indicator").get<bool>();
      column.offset = c.at("offset").get<double>();
      column.scale = c.at("scale").get<double>();
    }
  }
  for (const nlohmann::json& t : fitted.at("targets"))
    encoder.targets_.push_back(
        {t.at("name").get<std::string>(), t.at("offset").get<double>(), t.at("scale").get<double>()});
  encoder.classes_ = fitted.at("classes").get<std::vector<std::string>>();
  encoder.missing_values_ = fitted.at("missing_values").get<std::vector<std::string>>();
  encoder.unknown_category_ = fitted.at("unknown_category").get<std::string>();
  encoder.strip_target_ = fitted.at("strip_target").get<std::string>();
  return encoder;
}

}  // namespace dlrun
