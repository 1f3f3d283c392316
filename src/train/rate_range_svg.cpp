// The curve of a learning-rate range test as an SVG picture.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/markup.h"
#include "train/rate_range.h"

namespace dlrun {
namespace {

constexpr double width = 720, height = 420, left = 64, right = 24, top = 48, bottom = 56;

// Where numbers lie in the picture.
struct Axes {
  double first = 0, last = 1;  // exponents of 10 of the rates
  double low = 0, high = 1;    // losses

  explicit Axes(const RateRange& range) {
    if (range.points.empty()) return;
    first = std::log10(range.points.front().rate);
    last = std::max(first + 1, std::log10(range.points.back().rate));
    low = high = range.points.front().smoothed;
    for (const RatePoint& point : range.points) {
      low = std::min(low, point.smoothed);
      high = std::max(high, point.smoothed);
    }
    const double room = std::max(1e-9, 0.08 * (high - low));
    low -= room;
    high += room;
  }
  double x(double rate) const { return left + (std::log10(rate) - first) / (last - first) * (width - left - right); }
  double y(double loss) const {
    const double share = (std::clamp(loss, low, high) - low) / (high - low);
    return height - bottom - share * (height - top - bottom);
  }
};

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2, style);
}

std::string text(double x, double y, const std::string& words, const char* style) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, escaped(words));
}

std::string curve(const RateRange& range, const Axes& axes, double RatePoint::*number, const char* style) {
  std::string points;
  for (const RatePoint& point : range.points)
    points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", axes.x(point.rate), axes.y(point.*number));
  return fmt::format("<polyline points=\"{}\" fill=\"none\" {}/>\n", points, style);
}

}  // namespace

std::string rate_range_svg(const RateRange& range, const std::string& title) {
  const Axes axes(range);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"12\" fill=\"#334155\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#ffffff\"/>\n",
      width, height);
  svg += text(left, 26, title, "font-size=\"15\" fill=\"#0f172a\"");
  for (double exponent = std::ceil(axes.first); exponent <= axes.last + 1e-9; ++exponent) {
    const double x = axes.x(std::pow(10.0, exponent));
    svg += line(x, top, x, height - bottom, "stroke=\"#e2e8f0\"");
    svg += text(x, height - bottom + 18, fmt::format("1e{}", static_cast<int>(exponent)), "text-anchor=\"middle\"");
  }
  for (int i = 0; i <= 4; ++i) {
    const double loss = axes.low + (axes.high - axes.low) * i / 4, y = axes.y(loss);
    svg += line(left, y, width - right, y, "stroke=\"#e2e8f0\"");
    svg += text(left - 8, y + 4, fmt::format("{:.3g}", loss), "text-anchor=\"end\"");
  }
  svg += text((left + width - right) / 2, height - 14, "learning rate", "text-anchor=\"middle\"");
  svg += text(14, top - 10, "loss", "");
  svg += curve(range, axes, &RatePoint::loss, "stroke=\"#cbd5e1\" stroke-width=\"1\"");
  svg += curve(range, axes, &RatePoint::smoothed, "stroke=\"#2563eb\" stroke-width=\"2\"");
  const auto mark = [&](size_t place, const char* colour) {
    const RatePoint& point = range.points[place];
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"/>\n", axes.x(point.rate),
                       axes.y(point.smoothed), colour);
  };
  if (range.steepest) mark(*range.steepest, "#16a34a");
  if (range.lowest) mark(*range.lowest, "#ea580c");
  if (const auto proposed = range.proposed(); proposed && std::log10(*proposed) >= axes.first) {
    const double x = axes.x(*proposed);
    svg += line(x, top, x, height - bottom, "stroke=\"#dc2626\" stroke-dasharray=\"5 4\"");
    svg += text(x + 6, top + 14, fmt::format("{:.2g}", *proposed), "fill=\"#dc2626\"");
  }
  svg += text(width - right, 26, "green: steepest fall, orange: lowest, red: proposed", "text-anchor=\"end\"");
  return svg + "</svg>\n";
}

}  // namespace dlrun
