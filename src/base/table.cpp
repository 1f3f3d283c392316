// Aligned columns of plain text.

#include <algorithm>

#include "base/terminal.h"
#include "base/width.h"

namespace dlrun {
namespace {

constexpr int gap = 2;
constexpr int narrowest = 8;  // a column is not cut below this

std::string padded(std::string cell, int width, Table::Align align) {
  int columns = columns_of(cell);
  if (columns > width) {
    cell = std::string(first_columns(cell, width - 3)) + "...";
    columns = columns_of(cell);
  }
  std::string space(static_cast<size_t>(std::max(0, width - columns)), ' ');
  return align == Table::Align::left ? cell + space : space + cell;
}

}  // namespace

void Table::row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = visible(cell, /*lines=*/false);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::line() { rows_.emplace_back(); }

std::string Table::text(int width) const {
  std::vector<std::string> titles;
  std::vector<int> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(columns_of(column.title));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  int total = gap * (static_cast<int>(columns_.size()) - 1);
  for (int each : widths) total += each;
  while (total > width) {
    int widest = -1;
    for (size_t i = 0; i < columns_.size(); ++i) {
      bool may_shrink = columns_[i].align == Align::left && widths[i] > narrowest;
      if (may_shrink && (widest < 0 || widths[i] > widths[widest])) widest = static_cast<int>(i);
    }
    if (widest < 0) break;
    --widths[widest];
    --total;
  }
  std::string result;
  auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line.append(gap, ' ');
      line +=
          row.empty() ? std::string(static_cast<size_t>(widths[i]), '-') : padded(row[i], widths[i], columns_[i].align);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  };
  add(titles);
  add({});
  for (const auto& row : rows_) add(row);
  return result;
}

}  // namespace dlrun
