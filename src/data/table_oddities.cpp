// What a table's encoder read as something else than it says, or left out.

#include "data/table_oddities.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

void add(CellCount& sum, const CellCount& count) {
  if (sum.cells == 0) sum.first = count.first;
  sum.cells += count.cells;
}

}  // namespace

void TableOddities::add(const char* split, const EncodedRows& encoded, size_t asked) {
  for (const auto& [column, count] : encoded.words) dlrun::add(words_[column], count);
  for (const auto& [column, count] : encoded.dropped) {
    dlrun::add(dropped_[column], count);
    dropped_rows_ += count.cells;
  }
  for (const auto& [target, count] : encoded.unknown)
    unknown_[target].push_back(
        fmt::format("{} of {} of {}", count_text(count), count_text(encoded.rows.size()), split));
  if (asked > encoded.rows.size())
    left_.push_back(fmt::format("{} of {} of {}", count_text(asked - encoded.rows.size()), count_text(asked), split));
}

void TableOddities::tell(const std::string& path) const {
  for (const auto& [column, count] : words_)
    log_warning(
        fmt::format("{}: column '{}': {} no number, {} the first of them, and {} read as missing "
                    "(data.missing; data.categorical reads the column as categories)",
                    path, column, count.cells == 1 ? "one cell holds" : count_text(count.cells) + " cells hold",
                    count.first, count.cells == 1 ? "is" : "are"));
  for (const auto& [target, rows] : unknown_)
    log_info(fmt::format("{}: the target '{}' has no value in {} rows, which count for nothing there (keep)", path,
                         target, join(rows, ", ")));
  if (left_.empty()) return;
  std::vector<std::string> columns;
  for (const auto& [column, count] : dropped_) columns.push_back(fmt::format("'{}' ({})", column, count.cells));
  log_warning(fmt::format("{}: {} rows are left out, as they hold no value in {} (drop_row): {}", path,
                          count_text(dropped_rows_), join(columns, ", "), join(left_, ", ")));
}

}  // namespace dlrun
