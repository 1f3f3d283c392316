// Lines over steps, as one SVG figure of a page (report/html.h) or as a picture of its own.

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dlrun {

using Points = std::vector<std::pair<double, double>>;

struct Line {
  std::string name;
  Points points;        // by rising x; those that are not finite break the line
  size_t color = 0;     // counted; they repeat
  bool dotted = false;  // training, beside validation
};

struct LineChart {
  std::string title, unit = "step";  // of x
  std::vector<Line> lines;
  Points marks;  // where something happened: x, and the number by which it is told
};

// <figure class="chart">. Values that span more than three orders of magnitude, all above 0, have a logarithmic axis.
// Of long lines the least and the greatest value of each pixel's worth are kept.
std::string chart_html(const LineChart& chart);

// The charts as one SVG picture, `columns` beside each other, with titles and legends: by itself, light or dark as its
// viewer asks for.
std::string charts_svg(const std::vector<LineChart>& charts, size_t columns);

// Where ticks of an axis from `low` to `high` stand: at most `most`, at 1, 2 or 5 times a power of ten.
std::vector<double> ticks(double low, double high, int most);

}  // namespace dlrun
