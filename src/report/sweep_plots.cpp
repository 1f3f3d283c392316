// Parallel coordinates and slices as SVG.

#include "report/sweep_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/markup.h"
#include "base/text.h"
#include "report/line_chart.h"

namespace dlrun {
namespace {

constexpr double parallel_height = 260, axis_top = 30, axis_bottom = 240, axis_distance = 150, axis_margin = 75;
constexpr double slice_width = 480, slice_height = 240, slice_left = 60, slice_right = 465, slice_top = 10,
                 slice_bottom = 208;
constexpr double orders_for_log_axis = 1000;  // as in line_chart.h
constexpr size_t run_colors = 8;              // as in line_chart.cpp
constexpr size_t label_letters = 18, least_for_correlation = 5;

std::string axis_label(const std::string& text) {
  return escaped(text.size() <= label_letters ? text : text.substr(0, label_letters - 3) + "...");
}

// A long key by its end, which says more than its beginning: "dropout" of "architecture.dropout".
std::string key_label(const std::string& key) {
  return axis_label(key.size() <= label_letters ? key : key.substr(key.rfind('.') + 1));
}

// Where values of a key stand, from 0 to 1, and what is written there.
struct KeyScale {
  const SweptKey& key;

  std::optional<double> place(const std::string& value) const {
    if (key.is_interval()) {
      const std::optional<double> place = key.place_of(value);
      if (!place) return {};
      return (*place - key.first_place()) / (key.last_place() - key.first_place());
    }
    const std::optional<size_t> choice = key.choice_of(value);
    if (!choice) return {};
    return (static_cast<double>(*choice) + 0.5) / static_cast<double>(key.choices.size());
  }

  std::vector<std::pair<double, std::string>> labels() const {
    std::vector<std::pair<double, std::string>> labels;
    if (!key.is_interval()) {
      for (const std::string& choice : key.choices) labels.emplace_back(*place(choice), choice);
      return labels;
    }
    for (const double share : {0.0, 0.5, 1.0}) {
      const std::string value = key.value_at(key.first_place() + share * (key.last_place() - key.first_place()));
      labels.emplace_back(place(value).value_or(share), value);
    }
    return labels;
  }
};

// The same of the number: logarithmic where it spans more than three orders of magnitude.
class NumberScale {
 public:
  explicit NumberScale(const ShownTrials& shown) {
    low_ = high_ = *shown.best_first[0]->value;
    for (const Trial* trial : shown.best_first) {
      low_ = std::min(low_, *trial->value);
      high_ = std::max(high_, *trial->value);
    }
    logarithmic_ = low_ > 0 && high_ / low_ > orders_for_log_axis;
    if (logarithmic_) low_ = std::log10(low_), high_ = std::log10(high_);
    if (low_ == high_) low_ -= 0.5, high_ += 0.5;
  }
  double place(double value) const { return ((logarithmic_ ? std::log10(value) : value) - low_) / (high_ - low_); }
  std::vector<std::pair<double, std::string>> labels() const {
    std::vector<std::pair<double, std::string>> labels;
    for (const double tick : ticks(low_, high_, 5)) {
      if (logarithmic_ && tick != std::floor(tick)) continue;
      labels.emplace_back((tick - low_) / (high_ - low_),
                          fmt::format("{:.6g}", logarithmic_ ? std::pow(10, tick) : tick));
    }
    return labels;
  }

 private:
  double low_ = 0, high_ = 0;
  bool logarithmic_ = false;
};

size_t run_place(const Trial& trial) { return static_cast<size_t>(trial.trial - 1); }

std::string trial_told(const ShownTrials& shown, const Trial& trial) {
  std::string text = shown.runs.empty() ? fmt::format("trial {}", trial.trial) : shown.runs[run_place(trial)];
  text += fmt::format(": {} {:.5g}", shown.monitor, *trial.value);
  if (trial.state == "stopped") text += fmt::format(" after {} validations", trial.validations);
  for (size_t i = 0; i < shown.space.size(); ++i) text += "\n" + shown.space[i].key + " = " + trial.values[i];
  return escaped(text);
}

// The best in colour, the best quarter in another, the others faint; those that halving ended dashed.
std::string line_look(const ShownTrials& shown, size_t rank) {
  if (!shown.runs.empty())
    return fmt::format("style=\"stroke:var(--c{})\" stroke-width=\"{}\"",
                       run_place(*shown.best_first[rank]) % run_colors, rank == 0 ? 3.0 : 1.8);
  const bool best = rank == 0, good = rank < (shown.best_first.size() + 3) / 4;
  return fmt::format("stroke=\"var(--{})\" stroke-opacity=\"{}\" stroke-width=\"{}\"{}",
                     best   ? "c1"
                     : good ? "c0"
                            : "soft",
                     best   ? 1.0
                     : good ? 0.8
                            : 0.35,
                     best ? 2.6 : 1.4, shown.best_first[rank]->state == "stopped" ? " stroke-dasharray=\"4 3\"" : "");
}

std::string key_axis(double x, const std::string& name, const std::vector<std::pair<double, std::string>>& labels) {
  std::string svg = fmt::format(
      "<line class=\"grid\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0}\" y=\"16\" "
      "text-anchor=\"middle\">{3}<title>{4}</title></text>",
      x, axis_top, axis_bottom, key_label(name), escaped(name));
  for (const auto& [place, text] : labels)
    svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\">{}</text>", x + 5,
                       axis_bottom - place * (axis_bottom - axis_top) + 4, axis_label(text));
  return svg;
}

std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (size_t i = first; i < end; ++i) ranks[order[i]] = (static_cast<double>(first + end) - 1.0) / 2.0;
    first = end;
  }
  return ranks;
}

}  // namespace

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const double mean = (static_cast<double>(x.size()) - 1.0) / 2.0;
  double both = 0, of_x = 0, of_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    both += (x[i] - mean) * (y[i] - mean);
    of_x += (x[i] - mean) * (x[i] - mean);
    of_y += (y[i] - mean) * (y[i] - mean);
  }
  return of_x == 0 || of_y == 0 ? 0.0 : both / std::sqrt(of_x * of_y);
}

std::string parallel_plot(const ShownTrials& shown) {
  const NumberScale numbers(shown);
  const auto x_of = [](size_t axis) { return axis_margin + axis_distance * static_cast<double>(axis); };
  const auto y_of = [](double place) { return axis_bottom - place * (axis_bottom - axis_top); };
  std::string svg, lines;
  for (size_t i = 0; i < shown.space.size(); ++i)
    svg += key_axis(x_of(i), shown.space[i].key, KeyScale{shown.space[i]}.labels());
  svg += key_axis(x_of(shown.space.size()), shown.monitor, numbers.labels());
  for (size_t rank = shown.best_first.size(); rank-- > 0;) {  // the best on top
    const Trial& trial = *shown.best_first[rank];
    std::string path;
    bool gap = true;
    for (size_t i = 0; i <= shown.space.size(); ++i) {
      const std::optional<double> place = i == shown.space.size() ? std::optional(numbers.place(*trial.value))
                                                                  : KeyScale{shown.space[i]}.place(trial.values[i]);
      if (place) path += fmt::format("{}{:.1f} {:.1f}", gap ? "M" : "L", x_of(i), y_of(*place));
      gap = !place;
    }
    lines += fmt::format("<path d=\"{}\" fill=\"none\" {}><title>{}</title></path>", path, line_look(shown, rank),
                         trial_told(shown, trial));
  }
  const double width = x_of(shown.space.size()) + axis_margin;
  std::string legend;
  for (size_t i = 0; i < shown.runs.size(); ++i)
    legend +=
        fmt::format("<span><i style=\"border-color:var(--c{})\"></i>{}</span>", i % run_colors, escaped(shown.runs[i]));
  if (!legend.empty()) legend = "<div class=\"legend\">" + legend + "</div>";
  return fmt::format(
      "<figure class=\"plot\"><div class=\"scroll\"><svg viewBox=\"0 0 {0} {1}\" "
      "style=\"min-width:{2}px;max-width:{6}px\" "
      "role=\"img\" "
      "aria-label=\"parallel coordinates\">{3}{4}</svg></div>{5}</figure>\n",
      width, parallel_height, static_cast<int>(width * 0.8), lines, svg, legend, static_cast<int>(width * 1.6));
}

std::string slice_plot(const ShownTrials& shown, size_t key) {
  const NumberScale numbers(shown);
  const KeyScale scale{shown.space[key]};
  const auto x_of = [](double place) { return slice_left + place * (slice_right - slice_left); };
  const auto y_of = [](double place) { return slice_bottom - place * (slice_bottom - slice_top); };
  std::string svg;
  for (const auto& [place, text] : numbers.labels())
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"{3}\" y=\"{4:.1f}\" "
        "text-anchor=\"end\">{5}</text>",
        slice_left, slice_right, y_of(place), slice_left - 5, y_of(place) + 4, text);
  for (const auto& [place, text] : scale.labels())
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x_of(place), slice_bottom + 20,
                       axis_label(text));
  std::vector<double> places, values;
  for (size_t rank = shown.best_first.size(); rank-- > 0;) {
    const Trial& trial = *shown.best_first[rank];
    const std::optional<double> place = scale.place(trial.values[key]);
    if (!place) continue;
    places.push_back(*place);
    values.push_back(*trial.value);
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"var(--{})\" "
        "fill-opacity=\"{}\"><title>{}</title></circle>",
        x_of(*place), y_of(numbers.place(*trial.value)), rank == 0 ? 5 : 3.5, rank == 0 ? "c1" : "c0",
        rank == 0 ? 1.0 : 0.6, trial_told(shown, trial));
  }
  const std::string correlation =
      scale.key.is_interval() && places.size() >= least_for_correlation
          ? fmt::format(" rank correlation {:.2f} over {} trials", rank_correlation(places, values), places.size())
          : "";
  return fmt::format(
      "<figure class=\"plot\"><figcaption><b>{0}</b>{1}</figcaption><svg viewBox=\"0 0 {2} {3}\" role=\"img\" "
      "aria-label=\"{4} over {0}\">{5}</svg></figure>\n",
      escaped(scale.key.key), correlation, slice_width, slice_height, escaped(shown.monitor), svg);
}

}  // namespace dlrun
