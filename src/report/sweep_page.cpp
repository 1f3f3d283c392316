// The sweep's record -> HTML.

#include "report/sweep_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/files.h"
#include "base/markup.h"
#include "base/units.h"
#include "experiment/recipe.h"
#include "report/html.h"
#include "report/sweep_plots.h"
#include "spec/read.h"
#include "spec/secrets.h"
#include "spec/write.h"
#include "sweep/plan.h"
#include "sweep/trial.h"

namespace dlrun {
namespace {

struct ReadSweep {
  SweepPlan plan;  // of it the folder and the space
  SweepRecord record;
  Recipe recipe;  // what all trials start from
};

std::string number_cell(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{:.5g}", *value) : "&ndash;";
}

std::string sweep_heading(ReadSweep& sweep) {
  std::map<std::string, int64_t> states;
  double seconds = 0;
  for (size_t i = 0; i < sweep.record.trials.size(); ++i) {
    ++states[sweep.record.trials[i].state];
    seconds += sweep.record.trials[i].seconds;
  }
  std::string counts;
  for (const auto& [state, count] : states) counts += fmt::format(", {} {}", count, state);
  std::string html = fmt::format("<h1>Sweep of {}</h1>\n", escaped(as_written(sweep.recipe.name)));
  html +=
      fmt::format("<p class=\"soft\">{} of {} trials ({}{}){}; {} of training; folder {}</p>\n",
                  sweep.record.trials.size(), sweep.record.planned, escaped(sweep.record.strategy),
                  sweep.record.reduction_factor > 0 ? fmt::format(", halving {}", sweep.record.reduction_factor) : "",
                  counts, duration_text(seconds), escaped(sweep.plan.folder));
  if (sweep.record.monitor.starts_with("train/"))
    html += "<p>There are no validation data: trials were compared by the training.</p>\n";
  return html;
}

// The best trial beside the recipe's own values.
std::string best_trial(const ReadSweep& sweep) {
  const Trial* const best = sweep.record.best();
  if (!best) return "<p>No trial has a result yet.</p>\n";
  std::string html = fmt::format("<h2>Best: trial {}, {} {}</h2>\n", best->trial, escaped(sweep.record.monitor),
                                 number_cell(best->value));
  html += "<div class=\"scroll\"><table><tr><th>key</th><th>best</th><th>recipe</th><th>tried</th></tr>\n";
  for (size_t i = 0; i < sweep.plan.space.size(); ++i) {
    const SweptKey& key = sweep.plan.space[i];
    const std::string& argument = sweep.record.parameters[i];
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(key.key),
                        escaped(best->values[i]), key.recipe_value.empty() ? "&ndash;" : escaped(key.recipe_value),
                        escaped(argument.substr(argument.find('=') + 1)));
  }
  return html +
         "</table></div>\n<p class=\"soft\">Chosen on the validation data, where the best of many is too good by "
         "chance: what it is worth is what dlrun eval says of the test data, once.</p>\n";
}

std::string trial_plots(const ReadSweep& sweep) {
  ShownTrials shown{{}, sweep.plan.space, sweep.record.monitor};
  for (const Trial* trial : sweep.record.best_first())
    if (trial->state != "failed" && trial->value && std::isfinite(*trial->value)) shown.best_first.push_back(trial);
  if (shown.best_first.empty()) return "";
  std::string html =
      "<h2>All trials</h2>\n<p class=\"soft\">A line for each trial: the best in colour, the best quarter stronger, "
      "those "
      "that halving ended dashed.</p>\n" +
      parallel_plot(shown) + "<h2>Each key</h2>\n<div class=\"charts\">\n";
  for (size_t key = 0; key < shown.space.size(); ++key) html += slice_plot(shown, key);
  return html + "</div>\n";
}

// With a link to the trial's own page, where there is one.
std::string trial_table(const ReadSweep& sweep) {
  std::string html = "<h2>Trials</h2>\n<div class=\"scroll\"><table><tr><th>trial</th><th>" +
                     escaped(sweep.record.monitor.empty() ? "value" : sweep.record.monitor) + "</th>";
  for (const SweptKey& key : sweep.plan.space) html += "<th>" + escaped(key.key) + "</th>";
  html += "<th>state</th><th>validations</th><th>time</th></tr>\n";
  for (const Trial* trial : sweep.record.best_first()) {
    const std::string page = sweep.plan.run_folder(trial->trial) + "/report.html";
    const std::string name = FileSystem::instance().exists(page)
                                 ? fmt::format("<a href=\"trials/{0:04}/report.html\">{0}</a>", trial->trial)
                                 : std::to_string(trial->trial);
    html += fmt::format("<tr><td>{}</td><td>{}</td>", name, number_cell(trial->value));
    for (const std::string& value : trial->values) html += "<td>" + escaped(value) + "</td>";
    html += fmt::format("<td{}>{}</td><td>{}</td><td>{}</td></tr>\n",
                        trial->reason.empty() ? "" : " title=\"" + escaped(trial->reason) + "\"",
                        trial->state == "failed" ? fmt::format("failed ({})", trial->exit_code) : escaped(trial->state),
                        trial->validations, duration_text(trial->seconds));
  }
  return html + "</table></div>\n";
}

std::string start_recipe(ReadSweep& sweep) {
  Recipe defaults;
  return "<h2>Recipe</h2>\n<p class=\"soft\">What all trials start from, where it differs from the "
         "defaults.</p>\n<pre>" +
         escaped(write_yaml(sweep.recipe, {&defaults})) + "</pre>\n";
}

}  // namespace

bool is_sweep_folder(const std::string& folder) {
  return FileSystem::instance().kind(folder) == FileKind::folder &&
         FileSystem::instance().kind(folder + "/sweep.json") == FileKind::file;
}

std::string sweep_page(const std::string& folder) {
  ReadSweep sweep;
  sweep.plan.folder = folder;
  read_record(sweep.plan.record_file(), sweep.record);
  read_file(sweep.plan.recipe_file(), {}, sweep.recipe);
  for (const std::string& text : sweep.record.parameters)
    sweep.plan.space.push_back(swept_key({text, sweep.plan.record_file() + ": " + text}, sweep.recipe));
  return html_page(
      "Sweep of " + as_written(sweep.recipe.name),
      sweep_heading(sweep) + best_trial(sweep) + trial_plots(sweep) + trial_table(sweep) + start_recipe(sweep));
}

}  // namespace dlrun
