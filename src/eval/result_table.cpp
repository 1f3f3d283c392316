// Tables of metrics for people: as text and as a drawing.

#include "eval/result_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/markup.h"
#include "base/terminal.h"

namespace dlrun {
namespace {

constexpr int cell = 44, letter = 7, margin = 24;  // pixels

std::string number(double value) {
  return value == static_cast<double>(static_cast<int64_t>(value)) ? fmt::format("{:.0f}", value)
                                                                   : fmt::format("{:.3f}", value);
}

int widest(const std::vector<std::string>& names) {
  size_t most = 0;
  for (const std::string& name : names) most = std::max(most, name.size());
  return static_cast<int>(most) * letter;
}

}  // namespace

nlohmann::ordered_json table_record(const ResultTable& table) {
  nlohmann::ordered_json cells = nlohmann::ordered_json::array();
  const size_t width = table.columns.size();
  for (size_t row = 0; row < table.rows.size(); ++row)
    cells.push_back(std::vector<double>(table.cells.begin() + static_cast<int64_t>(row * width),
                                        table.cells.begin() + static_cast<int64_t>((row + 1) * width)));
  return {{"rows", table.rows}, {"columns", table.columns}, {"cells", std::move(cells)}};
}

std::string table_lines(const ResultTable& table) {
  std::vector<Table::Column> columns = {{table.row_title + " \\ " + table.column_title}};
  for (const std::string& name : table.columns) columns.push_back({name, Table::Align::right});
  Table lines(std::move(columns));
  for (size_t row = 0; row < table.rows.size(); ++row) {
    std::vector<std::string> cells = {table.rows[row]};
    for (size_t column = 0; column < table.columns.size(); ++column)
      cells.push_back(number(table.cells[row * table.columns.size() + column]));
    lines.row(std::move(cells));
  }
  return lines.text();
}

std::string table_svg(const ResultTable& table) {
  const int left = margin + letter * 2 + widest(table.rows), top = margin + letter * 2 + widest(table.columns);
  const int rows = static_cast<int>(table.rows.size()), columns = static_cast<int>(table.columns.size());
  std::string svg = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" "
      "height=\"{}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      left + columns * cell + margin, top + rows * cell + margin);
  svg += fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", left, margin - letter,
                     escaped(table.column_title));
  svg += fmt::format("<text x=\"{0}\" y=\"{1}\" font-weight=\"bold\">{2}</text>\n", margin / 2, top - letter,
                     escaped(table.row_title));
  for (int c = 0; c < columns; ++c) {
    const int x = left + c * cell + cell / 2 + 4, y = top - letter;
    svg += fmt::format("<text x=\"{0}\" y=\"{1}\" transform=\"rotate(-90 {0} {1})\">{2}</text>\n", x, y,
                       escaped(table.columns[static_cast<size_t>(c)]));
  }
  for (int r = 0; r < rows; ++r) {
    const double* row = table.cells.data() + r * columns;
    double sum = 0.0;
    for (int c = 0; c < columns; ++c) sum += row[c];
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", left - letter,
                       top + r * cell + cell / 2 + 4, escaped(table.rows[static_cast<size_t>(r)]));
    for (int c = 0; c < columns; ++c) {
      const double share = sum > 0 ? row[c] / sum : 0.0;
      const int x = left + c * cell, y = top + r * cell;
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#1d4ed8\" fill-opacity=\"{:.3f}\" "
          "stroke=\"#cbd5e1\"/>\n<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
          x, y, cell, cell, share, x + cell / 2, y + cell / 2 + 4, share > 0.5 ? "white" : "#334155", number(row[c]));
    }
  }
  return svg + "</svg>\n";
}

}  // namespace dlrun
