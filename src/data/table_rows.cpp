#include "data/table_rows.h"

#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "data/fingerprint.h"
#include "data/source.h"

namespace dlrun {

std::vector<int64_t> labels_of(const CsvTable& table, const std::string& column, std::string_view strip) {
  const int64_t place = table.find(column);
  if (place < 0) return {};
  std::map<std::string_view, int64_t> numbers;
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view label = strip_end(table.cell(row, place), strip);
    labels.push_back(numbers.emplace(label, static_cast<int64_t>(numbers.size())).first->second);
  }
  return labels;
}

std::vector<int64_t> number_same_rows(const SharedTable& table, const EncoderOptions& chosen) {
  SourceRows rows;
  rows.table = table;
  rows.missing = {chosen.missing_values.begin(), chosen.missing_values.end()};
  rows.format = chosen.format;
  std::set<int64_t> others;
  for (const auto* names : {&chosen.targets, &chosen.class_targets, &chosen.drop})
    for (const std::string& name : *names) others.insert(table->find(name));
  for (int64_t place = 0; place < table->columns(); ++place)
    if (!others.contains(place)) rows.inputs.push_back({place, true});
  std::vector<Hash128> hashes;
  for (int64_t row = 0; row < table->rows(); ++row) hashes.push_back(hash_of_row(rows, row));
  return number_same(hashes);
}

std::vector<int64_t> take_rows_of(const TableSplitRule& rule, const SplitSource& source, const CsvTable& table,
                                  std::vector<int64_t>& left) {
  if (!rule.column) return take_rows(rule, source, left);
  const std::string& name = source.name;
  const int64_t place = table.find(*rule.column);
  if (place < 0)
    throw UserError(ExitCode::bad_recipe, name + ".column: " + table.path() + " has no column '" + *rule.column + "'");
  std::vector<int64_t> rows, rest;
  for (int64_t row : left) (table.cell(row, place) == *rule.value ? rows : rest).push_back(row);
  if (rows.empty() || rest.empty())
    throw UserError(ExitCode::bad_recipe, name + ".value: " + (rows.empty() ? "no row" : "every row") + " of " +
                                              table.path() + " has '" + *rule.value + "' in column '" + *rule.column +
                                              "'");
  left = std::move(rest);
  return rows;
}

}  // namespace dlrun
