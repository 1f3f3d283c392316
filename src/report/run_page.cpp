// Runs as a page.

#include "report/run_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/energy.h"
#include "base/markup.h"
#include "base/text.h"
#include "base/units.h"
#include "report/curves.h"
#include "report/html.h"
#include "report/overview.h"
#include "report/parallel_runs.h"
#include "report/run_differences.h"
#include "run/training_state.h"
#include "spec/secrets.h"
#include "spec/write.h"

namespace dlrun {
namespace {

using ShownRuns = std::span<const RunRecord>;

std::string number(double value) { return std::isnan(value) ? "&ndash;" : fmt::format("{:.5g}", value); }

// ", 3.2 kJ (RAPL package-0, of the whole machine)"; nothing where nothing counted it.
std::string energy_of(const RunRecord& run) {
  if (run.joules <= 0.0) return "";
  std::string sources;
  of_stored(run.folder, overview_name, [&] {
    if (!run.overview.is_null() && run.overview.contains("energy"))
      sources = join(run.overview.at("energy").at("sources").get<std::vector<std::string>>(), ", ") + ", ";
  });
  return fmt::format(", {} ({}of the whole machine)", energy_text(run.joules), escaped(sources));
}

std::string heading(ShownRuns runs, const std::vector<std::string>& labels) {
  if (runs.size() > 1) return fmt::format("<h1>{} runs</h1>\n", runs.size());
  const RunRecord& run = runs[0];
  const std::string state = run.finished ? "finished" : "not finished";
  std::string html = fmt::format("<h1>{}</h1>\n", escaped(labels[0]));
  if (!run.recipe->description.empty()) html += "<p>" + escaped(as_written(run.recipe->description)) + "</p>\n";
  html += fmt::format("<p class=\"soft\">{} with {} on {}; {} steps, {}{}, {}; run folder {}</p>\n",
                      run.recipe->task.type, run.recipe->architecture.type, run.recipe->data.type,
                      count_text(run.steps), duration_text(run.seconds), energy_of(run), state, escaped(run.folder));
  if (run.unread > 0)
    html +=
        fmt::format("<p class=\"soft\">{} lines of metrics.jsonl cannot be read and are left out.</p>\n", run.unread);
  return html;
}

// The 95 % interval of a result, where it was measured, below the number.
std::string interval_of(const RunRecord& run, const std::string& result) {
  std::string text;
  of_stored(run.folder, overview_name, [&] {
    if (run.overview.is_null() || !run.overview.contains("held_out")) return;
    const nlohmann::ordered_json& held_out = run.overview.at("held_out");
    if (!held_out.contains("interval") || run.overview.value("step", int64_t{-1}) != run.checkpoint) return;
    const nlohmann::ordered_json& interval = held_out.at("interval");
    if (held_out.value("split", "") + "/" + interval.value("metric", "") == result)
      text = fmt::format("<br><small>{:.4g} to {:.4g}</small>", interval.at("low").get<double>(),
                         interval.at("high").get<double>());
  });
  return text;
}

std::string results_table(ShownRuns runs, const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  for (const RunRecord& run : runs)
    for (const auto& [name, value] : run.results)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (names.empty()) return "<p>No results yet: they are written when a training has ended.</p>\n";
  std::string html = "<h2>Results</h2>\n<div class=\"scroll\"><table><tr><th>run</th>";
  for (const std::string& name : names) html += "<th>" + escaped(name) + "</th>";
  html += "<th>of step</th><th>steps</th><th>time</th>";
  const bool energy = std::any_of(runs.begin(), runs.end(), [](const RunRecord& run) { return run.joules > 0.0; });
  html += energy ? "<th>energy</th></tr>\n" : "</tr>\n";
  for (size_t i = 0; i < runs.size(); ++i) {
    html += "<tr><td>" + escaped(labels[i]) + "</td>";
    for (const std::string& name : names) {
      const auto found = std::find_if(runs[i].results.begin(), runs[i].results.end(),
                                      [&](const auto& result) { return result.first == name; });
      html += "<td>" +
              (found == runs[i].results.end() ? "&ndash;" : number(found->second) + interval_of(runs[i], name)) +
              "</td>";
    }
    html += fmt::format("<td>{}</td><td>{}</td><td>{}</td>",
                        runs[i].checkpoint < 0 ? "&ndash;" : count_text(runs[i].checkpoint), count_text(runs[i].steps),
                        duration_text(runs[i].seconds));
    if (energy) html += "<td>" + (runs[i].joules > 0.0 ? energy_text(runs[i].joules) : "&ndash;") + "</td>";
    html += "</tr>\n";
  }
  html += "</table></div>\n";
  if (html.find("<br><small>") != std::string::npos)
    html += "<p class=\"soft\">Small: the 95 % interval, were the samples others (bootstrap).</p>\n";
  return html;
}

std::string curves(ShownRuns runs, const std::vector<std::string>& labels) {
  const std::vector<LineChart> charts = curves_of(runs, labels);
  if (charts.empty()) return "";
  std::string html = "<h2>Curves</h2>\n<div class=\"charts\">\n";
  for (const LineChart& chart : charts) html += chart_html(chart);
  return html + "</div>\n";
}

std::string events(ShownRuns runs, const std::vector<std::string>& labels) {
  std::string html;
  for (size_t i = 0; i < runs.size(); ++i)
    for (size_t number = 1; const RunEvent& event : runs[i].events)
      html +=
          fmt::format("<section class=\"finding{}\"><b>{}{}</b> <small>{}step {}</small><br>{}</section>\n",
                      event.kind == "divergence" ? " error" : "",
                      runs.size() > 1 ? "" : fmt::format("{}&ensp;", number++), escaped(event.kind),
                      runs.size() > 1 ? escaped(labels[i]) + ", " : "", count_text(event.step), escaped(event.what));
  return html.empty() ? "" : "<h2>What was noticed while training</h2>\n" + html;
}

std::string overview_of_run(const RunRecord& run) {
  std::string html;
  if (!run.overview.is_null()) of_stored(run.folder, overview_name, [&] { html = overview_sections(run.overview); });
  return html;
}

std::string recipe_of(const RunRecord& run) {
  Recipe defaults;
  return "<h2>Recipe</h2>\n<p class=\"soft\">What differs from the defaults.</p>\n<pre>" +
         escaped(write_yaml(*run.recipe, {&defaults})) + "</pre>\n";
}

std::string differences(ShownRuns runs, const std::vector<std::string>& labels) {
  const auto values = differing_keys(runs);
  if (values.empty()) return "<h2>Recipes</h2>\n<p>The recipes are the same.</p>\n";
  std::string html = "<h2>What differs in the recipes</h2>\n<div class=\"scroll\"><table><tr><th>key</th>";
  for (const std::string& label : labels) html += "<th>" + escaped(label) + "</th>";
  html += "</tr>\n";
  for (const auto& [path, row] : values) {
    html += "<tr><td>" + escaped(path) + "</td>";
    for (const std::string& value : row) html += "<td>" + (value.empty() ? "&ndash;" : escaped(value)) + "</td>";
    html += "</tr>\n";
  }
  return html + "</table></div>\n" + parallel_runs(runs, labels);
}

std::string environments(ShownRuns runs, const std::vector<std::string>& labels) {
  std::string html;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].environment.is_null()) continue;
    if (runs.size() > 1) html += "<h3>" + escaped(labels[i]) + "</h3>\n";
    html += "<pre>" + escaped(runs[i].environment.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) +
            "</pre>\n";
  }
  return html.empty() ? ""
                      : "<h2>Environment</h2>\n<details><summary>Machine, versions and command</summary>\n" + html +
                            "</details>\n";
}

}  // namespace

std::string run_page(ShownRuns runs) {
  const std::vector<std::string> labels = labels_of(runs);
  const std::string title = runs.size() == 1 ? runs[0].name : fmt::format("{} runs", runs.size());
  std::string body = heading(runs, labels) + results_table(runs, labels);
  if (runs.size() > 1) body += differences(runs, labels);
  body += curves(runs, labels) + events(runs, labels);
  if (runs.size() == 1) body += overview_of_run(runs[0]) + recipe_of(runs[0]);
  return html_page(title, body + environments(runs, labels));
}

}  // namespace dlrun
