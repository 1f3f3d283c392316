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
        for (const RunEvent& event : runs[i].events) chart->marks.emplace_back(event.step, 0.0);
    }
  for (LineChart& chart : charts) {
    std::sort(chart.marks.begin(), chart.marks.end());
    chart.marks.erase(std::unique(chart.marks.begin(), chart.marks.end()), chart.marks.end());
  }
  return charts;
}

}  // namespace dlrun
