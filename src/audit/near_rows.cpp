// Rows of one split that are nearly those of another: all categories equal, every number nearly.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "audit/checks.h"
#include "audit/samples.h"
#include "audit/table_values.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr size_t most_grid_columns = 3;  // 3^3 cells are looked into for every row

// The inputs of a split in columns, whether they came as a table or as rows of numbers.
struct TableRows {
  std::vector<ColumnValues> columns;
  size_t size = 0;
};

TableRows rows_of(const Split& split) {
  TableRows rows;
  rows.size = static_cast<size_t>(split.size());
  if (const SourceRows* written = split.rows_written()) {
    for (const SourceColumn& column : written->inputs)
      rows.columns.push_back(column_values(*written, column.place, column.numeric));
    return rows;
  }
  for_batches(split, Walk::in_order, [&](int64_t, const Batch& batch) {
    const at::Tensor values = batch["input"].to(at::kDouble).contiguous();
    rows.columns.resize(static_cast<size_t>(values.size(1)));
    for (size_t c = 0; c < rows.columns.size(); ++c) {
      rows.columns[c].numeric = true;
      for (int64_t i = 0; i < values.size(0); ++i)
        rows.columns[c].numbers.push_back(
            values.const_data_ptr<double>()[i * values.size(1) + static_cast<int64_t>(c)]);
    }
  });
  return rows;
}

bool has_features(const Split& split) {
  if (split.rows_written()) return true;
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  return sample.has("input") && !sample.has("mask") && sample["input"].dim() == 2 &&
         sample["input"].scalar_type() == at::kFloat && sample["input"].size(1) <= 4096;
}

// How numbers are compared: within `tolerance` of each column; those that step in larger units must be equal.
struct Nearness {
  std::vector<double> tolerance;  // by column; 0: equal
  std::vector<size_t> grid;       // columns whose cells are looked up with their neighbours
};

// `rows`: of train, which says how far numbers spread. `all`: of every split, which say in what units they step.
Nearness nearness_of(const TableRows& rows, const std::map<const Split*, TableRows>& all, double distance) {
  Nearness nearness;
  std::vector<std::pair<size_t, size_t>> by_values;  // distinct values, column
  for (size_t c = 0; c < rows.columns.size(); ++c) {
    nearness.tolerance.push_back(0.0);
    if (!rows.columns[c].numeric) continue;
    std::vector<double> sorted;  // first the values of train
    for (double value : rows.columns[c].numbers)
      if (!std::isnan(value)) sorted.push_back(value);
    if (sorted.size() < 2) continue;
    double mean = 0.0, variance = 0.0, gap = std::numeric_limits<double>::infinity();
    for (double value : sorted) mean += value / static_cast<double>(sorted.size());
    for (double value : sorted) variance += (value - mean) * (value - mean) / static_cast<double>(sorted.size());
    sorted.clear();
    for (const auto& [split, others] : all)
      for (double value : others.columns[c].numbers)
        if (!std::isnan(value)) sorted.push_back(value);
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    for (size_t i = 1; i < sorted.size(); ++i) gap = std::min(gap, sorted[i] - sorted[i - 1]);
    const double tolerance = distance * std::sqrt(variance);
    if (tolerance < gap * (1.0 - 1e-9)) continue;
    nearness.tolerance[c] = tolerance;
    by_values.emplace_back(sorted.size(), c);
  }
  std::sort(by_values.rbegin(), by_values.rend());
  for (size_t i = 0; i < std::min(most_grid_columns, by_values.size()); ++i)
    nearness.grid.push_back(by_values[i].second);
  return nearness;
}

// What must be equal, and the cells of the grid moved by `moves` (one of -1, 0, 1 for each grid column).
Hash128 key_of(const TableRows& rows, const Nearness& nearness, size_t row, std::span<const int> moves) {
  std::string bytes;
  const auto append = [&bytes](const auto& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (size_t c = 0; c < rows.columns.size(); ++c) {
    const ColumnValues& column = rows.columns[c];
    append(column.missing(row));
    if (column.missing(row)) continue;
    if (!column.numeric) {
      append(column.texts[row].size());
      bytes += column.texts[row];
    } else if (nearness.tolerance[c] == 0.0) {
      append(column.numbers[row]);
    }
  }
  for (size_t g = 0; g < nearness.grid.size(); ++g) {
    const size_t c = nearness.grid[g];
    if (!rows.columns[c].missing(row))
      append(std::floor(rows.columns[c].numbers[row] / nearness.tolerance[c]) + moves[g]);
  }
  return hash_of(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

// The largest difference in tolerances; above 1 the rows are not near. 0: they are equal.
double difference(const TableRows& a, size_t i, const TableRows& b, size_t j, const Nearness& nearness) {
  double largest = 0.0;
  for (size_t c = 0; c < a.columns.size(); ++c) {
    const ColumnValues &mine = a.columns[c], &theirs = b.columns[c];
    if (mine.missing(i) != theirs.missing(j)) return 2.0;
    if (mine.missing(i)) continue;
    if (!mine.numeric) {
      if (mine.texts[i] != theirs.texts[j]) return 2.0;
    } else if (const double apart = std::abs(mine.numbers[i] - theirs.numbers[j]); apart > 0.0) {
      if (nearness.tolerance[c] == 0.0 || apart > nearness.tolerance[c]) return 2.0;
      largest = std::max(largest, apart / nearness.tolerance[c]);
    }
  }
  return largest;
}

struct LowHalf {
  size_t operator()(const Hash128& hash) const { return hash.low; }
};
using Index = std::unordered_map<Hash128, std::vector<size_t>, LowHalf>;

struct RowTwins {
  size_t held_out, other;
  double difference;
};

std::vector<RowTwins> near_twins(const TableRows& held_out, const TableRows& other, const Nearness& nearness) {
  Index index;
  const std::vector<int> still(nearness.grid.size(), 0);
  for (size_t j = 0; j < other.size; ++j) index[key_of(other, nearness, j, still)].push_back(j);
  std::vector<RowTwins> found;
  for (size_t i = 0; i < held_out.size; ++i) {
    RowTwins best{i, 0, 2.0};
    bool equal = false;
    std::vector<int> moves(nearness.grid.size(), -1);
    for (bool more = true; more;) {
      if (const auto cell = index.find(key_of(held_out, nearness, i, moves)); cell != index.end())
        for (const size_t j : cell->second) {
          const double apart = difference(held_out, i, other, j, nearness);
          equal = equal || apart == 0.0;
          if (apart < best.difference) best = {i, j, apart};
        }
      more = false;
      for (size_t g = 0; g < moves.size() && !more; ++g) {
        moves[g] = moves[g] == 1 ? -1 : moves[g] + 1;
        more = moves[g] != -1;
      }
    }
    if (!equal && best.difference <= 1.0) found.push_back(best);  // equal rows are exact_overlap
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const RowTwins& a, const RowTwins& b) { return a.difference < b.difference; });
  return found;
}

}  // namespace

void check_near_rows(const AuditInput& input, DataFindings& findings) {
  if (!has_features(*input.splits.train) || input.settings.row_distance == 0.0) return;
  std::map<const Split*, TableRows> rows;
  for (const auto& [name, split] : named_splits(input.splits)) rows[split] = rows_of(*split);
  const Nearness nearness = nearness_of(rows[input.splits.train.get()], rows, input.settings.row_distance);
  if (nearness.grid.empty()) return;
  for (const SplitPair& pair : pairs_with_train(input.splits)) {
    const std::vector<RowTwins> twins = near_twins(rows[pair.held_out_split], rows[pair.other_split], nearness);
    if (twins.empty()) continue;
    DataFinding finding{"near_duplicates", Gravity::warning};
    finding.count = static_cast<int64_t>(twins.size());
    finding.of = pair.held_out_split->size();
    finding.what = fmt::format(
        "{} of {} {} rows are nearly one of {}: same categories, every number within {} standard deviations",
        count_text(finding.count), count_text(finding.of), pair.held_out, pair.other, input.settings.row_distance);
    finding.advice =
        "Look at them: where they are the same thing measured twice, remove one, or put both into one split.";
    finding.numbers = {{"split", pair.held_out}, {"also_in", pair.other}};
    const std::vector<int64_t> mine = classes_of(input, *pair.held_out_split),
                               theirs = classes_of(input, *pair.other_split);
    for (const RowTwins& twin : twins) {
      if (finding.examples.size() == most_examples) break;
      finding.examples.push_back(
          {{sample_ref(input, pair.held_out, *pair.held_out_split, static_cast<int64_t>(twin.held_out),
                       mine.empty() ? -1 : mine[twin.held_out]),
            sample_ref(input, pair.other, *pair.other_split, static_cast<int64_t>(twin.other),
                       theirs.empty() ? -1 : theirs[twin.other])},
           fmt::format("at most {:.2g} standard deviations apart", twin.difference * input.settings.row_distance)});
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace dlrun
