// Turns cells of a table into numbers, with what was learned from the training rows.

#include "data/table_encoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "data/categories.h"
#include "data/column_look.h"
#include "data/column_writer.h"
#include "data/formula.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

// Where the columns of an encoder are in a table; all that are not there are told at once.
std::vector<int64_t> places(const CsvTable& table, const std::vector<std::string>& names, const char* why) {
  std::vector<int64_t> found;
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    found.push_back(table.find_name(name));
    if (found.back() >= 0) continue;
    const std::string near = nearest(name, table.names());
    const std::string told = "'" + name + "'" + (near.empty() ? "" : " (is it '" + near + "'?)");
    if (absent.empty() || absent.back() != told) absent.push_back(told);
  }
  if (!absent.empty())
    bad_data(table.path(), std::string("has no column") + (absent.size() > 1 ? "s " : " ") + join(absent, ", ") + why);
  return found;
}

template <class Item>
std::vector<std::string> names_of(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

}  // namespace

int64_t TableEncoder::Column::width() const {
  if (formula) return elements_known;
  if (index) return 0;
  return categories.empty() ? 1 + indicator : static_cast<int64_t>(categories.size());
}

std::optional<double> TableEncoder::Column::number(std::string_view cell, const NumberFormat& format) const {
  if (date_part.empty()) return parse_number(cell, format);
  const std::optional<Moment> moment = parse_date(cell, date_order);
  return moment ? std::optional(dlrun::date_part(*moment, date_part)) : std::nullopt;
}

std::string_view strip_end(std::string_view cell, std::string_view strip) {
  while (!cell.empty() && strip.find(cell.back()) != std::string_view::npos) cell.remove_suffix(1);
  return cell;
}

void bad_cell(const CsvTable& table, int64_t row, const std::string& column, const std::string& message) {
  bad_data(table.path(), table.place(row) + ": column '" + column + "': " + message);
}

EncodedRows TableEncoder::encode(const CsvTable& table, std::span<const int64_t> rows, bool with_target) const {
  const CellIndex missing = index_of(missing_values_);
  const std::vector<int64_t> input_places = places(table, names_of(columns_), ", which is an input");
  const std::vector<int64_t> target_places =
      with_target ? places(table, names_of(targets_),
                           ", the target: without it nothing can be evaluated (new samples without it are for "
                           "`dlrun predict`)")
                  : std::vector<int64_t>{};
  std::vector<ColumnWriter> writers;
  int64_t width = 0, ids = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    writers.emplace_back(columns_[i], input_places[i], missing, format_, refuses_unknown());
    width += columns_[i].width();
    ids += columns_[i].index;
  }

  EncodedRows encoded;
  const auto drop = [&](const std::string& column, std::string_view cell) {
    CellCount& count = encoded.dropped[column];
    if (++count.cells == 1) count.first = shown(cell);
  };
  for (int64_t row : rows) {
    const auto drops = [&](const ColumnWriter& writer) { return writer.drops(table, row); };
    const auto dropping = std::find_if(writers.begin(), writers.end(), drops);
    if (dropping != writers.end()) {
      if (!with_target)
        bad_cell(table, row, dropping->name(), "holds no value; rows like it were left out of training (drop_row)");
      drop(dropping->name(), table.cell(row, input_places[static_cast<size_t>(dropping - writers.begin())]));
      continue;
    }
    std::vector<size_t> lacking;
    for (size_t k = 0; missing_target_ != "error" && k < target_places.size(); ++k)
      if (missing.contains(table.cell(row, target_places[k]))) lacking.push_back(k);
    // A row that is kept has to say something of a target.
    if (!lacking.empty() && (missing_target_ == "drop_row" || lacking.size() == target_places.size())) {
      drop(targets_[lacking[0]].name, table.cell(row, target_places[lacking[0]]));
      continue;
    }
    encoded.rows.push_back(row);
    for (const size_t k : lacking) ++encoded.unknown[targets_[k].name];
  }

  const int64_t count = static_cast<int64_t>(encoded.rows.size());
  require_memory(table.path(), 4.0 * static_cast<double>(count) * static_cast<double>(width + 2 * ids),
                 fmt::format("{} rows of {} inputs{}", count_text(count), count_text(width), widest()));
  encoded.input = at::zeros({count, width}, at::kFloat);
  float* features = encoded.input.data_ptr<float>();
  for (int64_t row : encoded.rows)
    for (size_t i = 0; i < writers.size(); ++i) {
      if (columns_[i].index) continue;
      writers[i].write(table, row, features);
      features += columns_[i].width();
    }
  for (size_t i = 0; i < writers.size(); ++i) {
    if (!columns_[i].index) continue;
    at::Tensor& found = encoded.categories.emplace_back(at::empty({count}, at::kLong));
    int64_t* id = found.data_ptr<int64_t>();
    for (int64_t row : encoded.rows) *id++ = writers[i].id(table, row);
  }
  for (const ColumnWriter& writer : writers) {
    writer.tell_unseen(table.path());
    if (writer.words().cells > 0) encoded.words[writer.name()] = writer.words();
  }
  if (with_target) encoded.targets = encode_targets(table, encoded.rows, target_places);
  return encoded;
}

// The column that takes most inputs, where one stands out.
std::string TableEncoder::widest() const {
  const auto most = std::max_element(columns_.begin(), columns_.end(),
                                     [](const Column& a, const Column& b) { return a.width() < b.width(); });
  if (most == columns_.end() || most->width() < 10) return "";
  return fmt::format(" (column '{}' alone is {} categories, one input each; data.drop leaves a column out)", most->name,
                     count_text(most->width()));
}

void TableEncoder::describe(DataInfo& info) const {
  std::vector<FieldInfo> ids;
  for (const Column& column : columns_) {
    if (column.index) {
      FieldInfo& field = ids.emplace_back();
      field.name = std::string(category_prefix) + column.name;
      field.means = FieldInfo::Means::classes;
      field.names = {"(unknown)"};
      field.names.insert(field.names.end(), column.categories.begin(), column.categories.end());
      continue;
    }
    for (int64_t element = 1; column.formula && element <= elements_known; ++element)
      info.features.push_back(fmt::format("{}.{}", column.name, element_symbol(element)));
    if (column.is_number()) {
      info.features.push_back(column.feature());
      if (column.indicator) info.features.push_back(column.feature() + "_missing");
    }
    for (const std::string& category : column.categories) info.features.push_back(column.name + "=" + category);
  }
  info.fields = {{"input", FieldInfo::Means::numbers, {static_cast<int64_t>(info.features.size())}}};
  info.fields.insert(info.fields.end(), ids.begin(), ids.end());
  describe_targets(info);
}

}  // namespace dlrun
