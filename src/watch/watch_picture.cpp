// Runs as a picture of text.

#include "watch/watch_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "base/width.h"

namespace dlrun {
namespace {

constexpr int narrowest_course = 8, widest_course = 60, widest_bar = 24;
constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string value_column(double value) {
  const double size = std::abs(value);
  return size != 0 && (size < 1e-3 || size >= 1e5) ? fmt::format("{:.3g}", value) : fmt::format("{:.4f}", value);
}

// Cut to so many columns, marked where something is missing.
std::string cut_to(const std::string& text, int width) {
  if (text_width(text) <= width) return text;
  return width > 0 ? std::string(first_columns(text, width - 1)) + "~" : "";
}

Style style_of(const std::string& state) {
  if (state == "finished") return Style::green;
  if (state == "failed" || state == "diverged" || state == "killed") return Style::red;
  return state == "running" ? Style::blue : Style::yellow;
}

std::string bar_of(const WatchedRun& run, int width) {
  const double share = std::clamp(static_cast<double>(run.step()) / static_cast<double>(run.total_steps()), 0.0, 1.0);
  const int full = static_cast<int>(share * width);
  return "[" + std::string(static_cast<size_t>(full), '#') + std::string(static_cast<size_t>(width - full), '-') + "]";
}

// "step 1,056/2,640  40 %  [#####-----]  1.2k samples/s  3 min 20 s, 5 min left".
std::string progress_of(const WatchedRun& run, int width) {
  std::string text = "step " + count_text(run.step());
  if (run.total_steps() > 0)
    text += fmt::format("/{}  {} %", count_text(run.total_steps()), 100 * run.step() / run.total_steps());
  std::string times;
  if (!run.ended() && run.samples_per_second()) times += "  " + rate_text(*run.samples_per_second(), "samples/s");
  if (run.seconds() > 0) times += "  " + duration_text(run.seconds());
  if (!run.ended() && run.seconds() > 0 && run.step() > 0 && run.total_steps() > run.step())
    times += fmt::format(", {} left", duration_text(run.seconds() / static_cast<double>(run.step()) *
                                                    static_cast<double>(run.total_steps() - run.step())));
  const int left = width - text_width(text) - text_width(times) - 4;
  if (run.total_steps() > 0 && left >= narrowest_course) text += "  " + bar_of(run, std::min(left, widest_bar));
  return cut_to(text + times, width);
}

std::string series_line(const WatchedSeries& series, int name_width, int width) {
  const auto by_value = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [least, greatest] = std::minmax_element(series.points.begin(), series.points.end(), by_value);
  std::string line = "  " + series.name + std::string(static_cast<size_t>(name_width - text_width(series.name)), ' ') +
                     fmt::format("  {:>9}", value_column(series.points.back().second));
  const std::string range = fmt::format("  {} to {}", value_column(least->second), value_column(greatest->second));
  const int left = width - text_width(line) - 2, beside_range = left - text_width(range);
  if (left >= narrowest_course)
    line += "  " +
            sparkline(series.points, std::min(beside_range >= narrowest_course ? beside_range : left, widest_course));
  if (width - text_width(line) >= text_width(range)) line += range;
  return cut_to(line, width);
}

}  // namespace

std::string sparkline(const std::vector<std::pair<int64_t, double>>& points, int width) {
  const size_t count = std::min(points.size(), static_cast<size_t>(std::max(0, width)));
  std::vector<double> means;
  for (size_t i = 0; i < count; ++i) {
    const size_t first = i * points.size() / count, last = (i + 1) * points.size() / count;
    double sum = 0.0;
    for (size_t k = first; k < last; ++k) sum += points[k].second;
    means.push_back(sum / static_cast<double>(last - first));
  }
  if (means.empty()) return "";
  const auto [least, greatest] = std::minmax_element(means.begin(), means.end());
  const double span = *greatest - *least;
  std::string row;
  for (const double mean : means) {
    const double height = span > 0 ? (mean - *least) / span : 0.0;
    row += blocks[std::min<size_t>(7, static_cast<size_t>(height * 8))];
  }
  return row;
}

std::string watch_picture(const std::vector<WatchedRun>& runs, const Terminal& terminal) {
  const int width = terminal.width;
  std::string text;
  for (const WatchedRun& run : runs) {
    const std::string folder = cut_to(visible(run.folder(), /*lines=*/false), std::max(1, width - 12));
    text += styled(terminal, Style::bold, folder);
    if (width - text_width(folder) >= 2 + text_width(run.state()))
      text += "  " + styled(terminal, style_of(run.state()), run.state());
    text += "\n" + cut_to("  " + progress_of(run, std::max(1, width - 2)), width) + "\n";
    if (run.ended() && !run.reason().empty())
      text += cut_to("  " + visible(run.reason(), /*lines=*/false), width) + "\n";
    int name_width = 0;
    for (const WatchedSeries& series : run.series()) name_width = std::max(name_width, text_width(series.name));
    for (const WatchedSeries& series : run.series()) text += series_line(series, name_width, width) + "\n";
    if (!run.noticed().empty())
      text += cut_to(fmt::format("  noticed ({}): {}", run.noticed().size(),
                                 visible(run.noticed().back(), /*lines=*/false)),
                     width) +
              "\n";
  }
  return text;
}

std::string first_lines(const std::string& text, int lines) {
  std::vector<std::string> all = split(text, '\n');
  if (!all.empty() && all.back().empty()) all.pop_back();
  if (static_cast<int>(all.size()) <= lines) return text;
  const size_t kept = static_cast<size_t>(std::max(1, lines) - 1);
  std::string shown;
  for (size_t i = 0; i < kept; ++i) shown += all[i] + "\n";
  return shown + fmt::format("({} more lines)\n", all.size() - kept);
}

}  // namespace dlrun
