// The numbers of runs over their steps.

#include "report/curves.h"

#include <algorithm>
#include <set>

namespace dlrun {
namespace {

// "loss" of "train/loss" and "val/loss": lines of one chart.
std::string without_split(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::vector<std::string> labels_of(std::span<const RunRecord> runs) {
  std::set<std::string> names;
  for (const RunRecord& run : runs) names.insert(run.name);
  std::vector<std::string> labels;
  for (const RunRecord& run : runs) labels.push_back(names.size() == runs.size() ? run.name : run.folder);
  return labels;
}

std::vector<LineChart> curves_of(std::span<const RunRecord> runs, const std::vector<std::string>& labels) {
  std::vector<LineChart> charts;
  for (size_t i = 0; i < runs.size(); ++i)
    for (const auto& [name, points] : runs[i].series) {
      auto chart = std::find_if(charts.begin(), charts.end(),
                                [&](const LineChart& each) { return each.title == without_split(name); });
      if (chart == charts.end()) chart = charts.insert(chart, LineChart{.title = without_split(name)});
      const bool training = name.starts_with("train/"), alone = runs.size() == 1;
      const std::string part = name.substr(0, name.find('/'));
      const std::string label = alone ? (part == name ? name : part) : labels[i] + (part == name ? "" : " " + part);
      chart->lines.push_back({label, points, alone ? (training ? 0u : 1u) : i, training && !alone});
      if (alone)
        for (size_t e = 0; e < runs[i].events.size(); ++e)
          chart->marks.emplace_back(runs[i].events[e].step, static_cast<double>(e + 1));
    }
  for (LineChart& chart : charts) {
    std::sort(chart.marks.begin(), chart.marks.end());
    const auto same_step = [](const auto& a, const auto& b) { return a.first == b.first; };
    chart.marks.erase(std::unique(chart.marks.begin(), chart.marks.end(), same_step), chart.marks.end());
  }
  return charts;
}

}  // namespace dlrun
