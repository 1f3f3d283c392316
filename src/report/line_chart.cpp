// Lines over steps as SVG.

#include "report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/markup.h"
#include "base/text.h"

namespace dlrun {
namespace {

constexpr double width = 480, height = 240, left = 52, right = 470, top = 8, bottom = 214;
constexpr size_t most_points = 400;  // of a line that is shown
constexpr size_t most_numbers = 20;  // of marks that are told by numbers
constexpr size_t colors = 8;
constexpr double orders_for_logarithm = 1000;
constexpr double title_height = 20, legend_height = 24, legend_row = 14, letter_width = 6.5;  // of a picture

// Of a picture by itself, the colours of pages: no variables, which programs that draw and write texts do not know.
struct PictureColors {
  const char *soft, *line, *paper, *ink, *warning, *of_lines[colors];
};
constexpr PictureColors light = {
    "#656d76", "#d8dee4", "#ffffff",
    "#1f2328", "#b26a00", {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a7a00", "#7f7f7f"}};
constexpr PictureColors dark = {
    "#9198a1", "#3d444d", "#0d1117",
    "#e6edf3", "#f2b93b", {"#58a6ff", "#ff8a4c", "#3fcf8e", "#e39ac4", "#f2b93b", "#8fd3ff", "#d9c83e", "#a9a9a9"}};

std::string color_rules(const PictureColors& picture) {
  std::string css = fmt::format(
      "text{{fill:{0}}}.title{{fill:{1}}}.paper{{fill:{2}}}.grid{{stroke:{3}}}.mark{{stroke:{4}}}.told{{fill:{4}}}",
      picture.soft, picture.ink, picture.paper, picture.line, picture.warning);
  for (size_t i = 0; i < colors; ++i)
    css += fmt::format(".s{0}{{stroke:{1}}}.f{0}{{fill:{1}}}", i, picture.of_lines[i]);
  return css;
}

std::string picture_style() {
  return color_rules(light) +
         "text{font-size:11px;font-family:sans-serif}.title{font-weight:600;font-size:13px}.mark{stroke-dasharray:2 3}"
         "@media (prefers-color-scheme:dark){" +
         color_rules(dark) + "}";
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool any() const { return low <= high; }
};

bool finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

// The least and the greatest of every so many points, in their order.
Points thinned(const Points& points) {
  Points finite_points;
  std::copy_if(points.begin(), points.end(), std::back_inserter(finite_points), finite);
  if (finite_points.size() <= most_points) return finite_points;
  const size_t bucket = (2 * finite_points.size() + most_points - 1) / most_points;
  const auto by_value = [](const auto& a, const auto& b) { return a.second < b.second; };
  Points kept;
  for (size_t i = 0; i < finite_points.size(); i += bucket) {
    const auto first = finite_points.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = finite_points.begin() + static_cast<std::ptrdiff_t>(std::min(finite_points.size(), i + bucket));
    const auto [least, greatest] = std::minmax_element(first, last, by_value);
    kept.push_back(*std::min(least, greatest));
    if (least != greatest) kept.push_back(*std::max(least, greatest));
  }
  return kept;
}

class Axes {
 public:
  Axes(const std::vector<Points>& lines) {
    for (const Points& line : lines)
      for (const auto& [x, y] : line) x_.take(x), y_.take(y);
    if (!y_.any()) x_ = {0, 1}, y_ = {0, 1};
    logarithmic_ = y_.low > 0 && y_.high / y_.low > orders_for_logarithm;
    if (logarithmic_) y_ = {std::log10(y_.low), std::log10(y_.high)};
    if (x_.high == x_.low) x_.high = x_.low + 1;
    const double margin = y_.high == y_.low ? std::max(0.5, std::abs(y_.low) / 2) : 0.04 * (y_.high - y_.low);
    y_ = {y_.low - margin, y_.high + margin};
  }
  double x(double value) const { return left + (right - left) * (value - x_.low) / (x_.high - x_.low); }
  double y(double value) const {
    const double place = logarithmic_ ? std::log10(value) : value;
    return bottom - (bottom - top) * (place - y_.low) / (y_.high - y_.low);
  }
  const Range& span() const { return x_; }

  std::string grid() const {
    std::string svg;
    for (const double tick : ticks(y_.low, y_.high, 6)) {
      if (logarithmic_ && tick != std::floor(tick)) continue;
      const double value = logarithmic_ ? std::pow(10.0, tick) : tick, place = y(value);
      svg += fmt::format(
          "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
          "text-anchor=\"end\">{:.6g}</text>",
          left, right, place, place, left - 5, place + 4, value);
    }
    for (const double tick : ticks(x_.low, x_.high, 6)) {
      if (tick != std::floor(tick)) continue;  // there are no steps between steps
      svg +=
          fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>", x(tick), bottom + 16, tick);
    }
    return svg;
  }

 private:
  Range x_, y_;
  bool logarithmic_ = false;
};

std::string polyline(const Line& line, const Points& points, const Axes& axes) {
  if (points.size() == 1)
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"f{}\"/>", axes.x(points[0].first),
                       axes.y(points[0].second), line.color % colors);
  std::string path;
  for (const auto& [x, y] : points) path += fmt::format("{:.1f},{:.1f} ", axes.x(x), axes.y(y));
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke-width=\"1.6\" class=\"s{}\"{}/>", path,
                     line.color % colors, line.dotted ? " stroke-dasharray=\"2 2\"" : "");
}

// Grid, marks and lines. `lines` are those of the chart, thinned.
std::string drawn(const LineChart& chart, const std::vector<Points>& lines, const Axes& axes) {
  std::string svg = axes.grid();
  for (const auto& [x, told] : chart.marks) {
    svg += fmt::format("<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>", axes.x(x), top,
                       bottom);
    if (chart.marks.size() <= most_numbers)
      svg += fmt::format("<text class=\"told\" x=\"{:.1f}\" y=\"{}\">{:.0f}</text>", axes.x(x) + 3, top + 10, told);
  }
  for (size_t i = 0; i < lines.size(); ++i)
    if (!lines[i].empty()) svg += polyline(chart.lines[i], lines[i], axes);
  return svg;
}

std::vector<Points> thinned_lines(const LineChart& chart) {
  std::vector<Points> lines;
  for (const Line& line : chart.lines) lines.push_back(thinned(line.points));
  return lines;
}

struct PlacedName {
  const Line* line;
  double x;
  size_t row;
};

// The names of a picture's lines beside each other, in as many rows as they need.
std::vector<PlacedName> placed_legend(const LineChart& chart) {
  std::vector<PlacedName> placed;
  double x = left;
  size_t row = 0;
  for (const Line& line : chart.lines) {
    const double wide = letter_width * static_cast<double>(text_width(line.name));
    if (x > left && x + wide > right) x = left, ++row;
    placed.push_back({&line, x, row});
    x += 12 + wide;
  }
  return placed;
}

std::string legend(const LineChart& chart) {
  std::string html = "<div class=\"legend\">";
  for (const Line& line : chart.lines)
    html += fmt::format("<span><i{} style=\"border-color:var(--c{})\"></i>{}<output></output></span>",
                        line.dotted ? " class=\"dashed\"" : "", line.color % colors, escaped(line.name));
  return html + "</div>";
}

}  // namespace

std::vector<double> ticks(double low, double high, int most) {
  const double rough = (high - low) / most, power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  std::vector<double> places;
  for (double n = std::ceil(low / step); n * step <= high && static_cast<int>(places.size()) <= most; ++n)
    places.push_back(n == 0 ? 0.0 : n * step);
  return places;
}

std::string chart_html(const LineChart& chart) {
  const std::vector<Points> lines = thinned_lines(chart);
  const Axes axes(lines);
  nlohmann::json data = {{"width", width},           {"left", left},       {"right", right}, {"low", axes.span().low},
                         {"high", axes.span().high}, {"unit", chart.unit}, {"lines", lines}};
  const std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{}<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"{}\" "
      "y2=\"{}\"/></svg>",
      width, height, escaped(chart.title), drawn(chart, lines, axes), top, bottom);
  return fmt::format(
      "<figure class=\"chart\" data-chart=\"{}\"><figcaption><b>{}</b><span></span></figcaption>{}{}</figure>\n",
      escaped(data.dump()), escaped(chart.title), svg, legend(chart));
}

std::string charts_svg(const std::vector<LineChart>& charts, size_t columns) {
  const size_t across = std::max<size_t>(1, std::min(columns, charts.size()));
  const size_t rows = (charts.size() + across - 1) / across;
  size_t further_rows = 0;
  for (const LineChart& chart : charts)
    if (!chart.lines.empty()) further_rows = std::max(further_rows, placed_legend(chart).back().row);
  const double cell_height = height + title_height + legend_height + legend_row * static_cast<double>(further_rows);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\">\n<style>{2}</style>\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
      width * static_cast<double>(across), cell_height * static_cast<double>(rows), picture_style());
  for (size_t i = 0; i < charts.size(); ++i) {
    const LineChart& chart = charts[i];
    const std::vector<Points> lines = thinned_lines(chart);
    const Axes axes(lines);
    svg += fmt::format(
        "<g transform=\"translate({} {})\"><text class=\"title\" x=\"{}\" y=\"15\">{}</text><g transform=\"translate(0 "
        "{})\">{}"
        "</g>",
        width * static_cast<double>(i % across), cell_height * static_cast<double>(i / across), left,
        escaped(chart.title), title_height, drawn(chart, lines, axes));
    for (const auto& [line, x, row] : placed_legend(chart))
      svg += fmt::format("<text x=\"{:.0f}\" y=\"{}\" class=\"f{}\">{}</text>", x,
                         title_height + height + 8 + legend_row * static_cast<double>(row), line->color % colors,
                         escaped(line->name));
    svg += "</g>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace dlrun
