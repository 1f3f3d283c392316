// Splits of encoded rows of a table.

#include "data/csv_split.h"

#include <fmt/format.h>

#include "base/log.h"
#include "data/categories.h"
#include "data/input_file.h"
#include "data/numbers.h"

namespace dlrun {
namespace {

std::shared_ptr<const SourceRows> rows_written(const TableEncoder& encoder, SharedTable table,
                                               std::vector<int64_t> rows, const std::vector<std::string>& targets) {
  auto written = std::make_shared<SourceRows>();
  for (const TableEncoder::Column& column : encoder.columns()) {
    const int64_t place = table->find_name(column.name);
    if (!written->inputs.empty() && written->inputs.back().place == place) continue;  // another part of a date
    const bool date = !column.date_part.empty();
    written->inputs.push_back({place, column.is_number() && !date, date});
  }
  for (const std::string& target : targets) written->targets.push_back(table->find(target));
  written->format = encoder.format();
  written->missing = {encoder.missing_values().begin(), encoder.missing_values().end()};
  written->table = std::move(table);
  written->rows = std::move(rows);
  return written;
}

// How much each row counts [rows] float.
at::Tensor weights_of(const std::string& column, const CsvTable& table, const std::vector<int64_t>& rows,
                      const NumberFormat& format) {
  const int64_t place = table.find(column);
  if (place < 0) bad_data(table.path(), "has no column '" + column + "' (data.weight_column)");
  std::vector<float> weights;
  for (const int64_t row : rows) {
    const std::optional<double> weight = parse_number(table.cell(row, place), format);
    if (!weight || *weight < 0)
      bad_data(table.path(), fmt::format("{}: '{}' in column '{}' (data.weight_column) is no number from 0 up",
                                         table.place(row), table.cell(row, place), column));
    weights.push_back(static_cast<float>(*weight));
  }
  return at::tensor(weights);
}

}  // namespace

TensorSplit::Fields input_fields(const TableEncoder& encoder, std::span<const EncodedRows> parts) {
  std::vector<at::Tensor> inputs;
  for (const EncodedRows& part : parts) inputs.push_back(part.input);
  TensorSplit::Fields fields = {{"input", inputs.size() == 1 ? inputs[0] : at::cat(inputs)}};
  size_t place = 0;
  for (const TableEncoder::Column& column : encoder.columns()) {
    if (!column.index) continue;
    std::vector<at::Tensor> ids;
    for (const EncodedRows& part : parts) ids.push_back(part.categories[place]);
    fields.emplace_back(std::string(category_prefix) + column.name, ids.size() == 1 ? ids[0] : at::cat(ids));
    ++place;
  }
  return fields;
}

std::vector<CarriedColumn> carried_columns(const std::vector<std::string>& names, const CsvTable& table,
                                           std::span<const int64_t> rows) {
  std::vector<CarriedColumn> carried;
  for (const std::string& name : names) {
    const int64_t place = table.find(name);
    if (place < 0) bad_data(table.path(), "has no column '" + name + "' (data.id)");
    CarriedColumn& column = carried.emplace_back(CarriedColumn{table.names()[static_cast<size_t>(place)], {}});
    for (const int64_t row : rows) column.cells.emplace_back(table.cell(row, place));
  }
  return carried;
}

std::shared_ptr<Split> encoded_split(const char* name, const TableEncoder& encoder, const SharedTable& table,
                                     const std::vector<int64_t>& rows, const ColumnsBeside& beside,
                                     TableOddities& oddities) {
  EncodedRows encoded = encoder.encode(*table, rows, true);
  oddities.add(name, encoded, rows.size());
  if (encoded.rows.empty())
    bad_data(table->path(), std::string("every row of ") + name + " has a missing value, and such rows are dropped");
  TensorSplit::Fields fields = input_fields(encoder, std::span(&encoded, 1));
  fields.insert(fields.end(), encoded.targets.begin(), encoded.targets.end());
  if (beside.weight) fields.emplace_back("weight", weights_of(*beside.weight, *table, encoded.rows, encoder.format()));
  auto split = std::make_shared<TensorSplit>(
      std::move(fields), all_rows(static_cast<int64_t>(encoded.rows.size())),
      [table, rows = encoded.rows](int64_t row) { return table->full_place(rows[static_cast<size_t>(row)]); });
  split->carry(carried_columns(beside.id, *table, encoded.rows));
  if (!beside.targets.empty()) split->keep_rows(rows_written(encoder, table, std::move(encoded.rows), beside.targets));
  return split;
}

TensorSplit::Fields truth_of(const TableEncoder& encoder, const std::vector<CsvTable>& tables) {
  std::vector<TensorSplit::Fields> truths;
  for (const CsvTable& table : tables) {
    std::string why;
    truths.push_back(encoder.truth(table, why));
    if (!why.empty())
      log_warning(fmt::format("{}: {}; predictions are made without comparing them", table.path(), why));
    if (truths.back().empty()) return {};
  }
  TensorSplit::Fields all = truths[0];
  for (size_t i = 0; i < all.size(); ++i) {
    std::vector<at::Tensor> parts;
    for (const TensorSplit::Fields& one : truths) parts.push_back(one[i].second);
    all[i].second = at::cat(parts);
  }
  return all;
}

}  // namespace dlrun
