// What a report shows of a run beside its curves.

#include "report/overview.h"

#include <fmt/format.h>

#include <cmath>

#include "base/markup.h"
#include "base/units.h"
#include "eval/result_table.h"
#include "report/class_section.h"
#include "report/module_table.h"
#include "report/sample_section.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t most_for_interval = 50000;
constexpr int64_t overview_draws = 1000;  // as eval does by default
constexpr size_t most_classes_named = 20;
constexpr int layer_table_width = 100;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < most_classes_named; ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > most_classes_named ? text + ", ..." : text;
}

Json data_record(const Experiment& experiment) {
  const DataInfo& info = experiment.recipe.task->info();
  Json record = {{"type", experiment.recipe.data.type}};
  for (const char* name : {"train", "val", "test"})
    if (const auto split = experiment.samples(name)) record[name] = split->size();
  record["input"] = info.input().sizes;
  if (!info.features.empty()) record["columns"] = info.features.size();
  if (!info.classes().empty()) record["classes"] = info.classes();
  if (!info.targets.empty()) record["targets"] = info.targets;
  return record;
}

std::string data_section(const Json& data) {
  std::string rows;
  const auto row = [&](const std::string& what, const std::string& value) {
    rows += fmt::format("<tr><td>{}</td><td class=\"text\">{}</td></tr>\n", what, escaped(value));
  };
  row("type", data.value("type", ""));
  for (const auto& [name, what] : {std::pair("train", "training"), {"val", "validation"}, {"test", "test"}})
    if (data.contains(name)) row(what, count_text(data.at(name).get<int64_t>()) + " samples");
  if (data.contains("input")) row("input of a sample", data.at("input").dump());
  for (const char* names : {"classes", "targets"})
    if (data.contains(names)) {
      const auto all = data.at(names).get<std::vector<std::string>>();
      row(names, fmt::format("{}: {}", count_text(static_cast<int64_t>(all.size())), listed(all)));
    }
  return "<h2>Data</h2>\n<table>" + rows + "</table>\n";
}

ResultTable confusion_of(const Json& record) {
  ResultTable table{"confusion_matrix", "true", "predicted", record.at("rows"), record.at("columns"), {}};
  for (const Json& row : record.at("cells"))
    for (const Json& cell : row) table.cells.push_back(cell.get<double>());
  const size_t cells = table.rows.size() * table.columns.size();
  if (table.rows.size() != table.columns.size() || table.cells.size() != cells)
    throw std::invalid_argument("the confusion matrix has not a cell for each pair of classes");
  return table;
}

}  // namespace

HeldOutLook::HeldOutLook(const Experiment& experiment, Patience patience) : experiment_(experiment) {
  const Recipe& recipe = experiment.recipe;
  headline_ = headline_metrics(recipe.metrics);
  headline_.resize(std::min<size_t>(1, headline_.size()));
  const auto worth_it = [&](const Metric& metric) {
    return patience == Patience::all || (metric.merge() == Metric::Merge::add &&
                                         experiment.samples(experiment.held_out())->size() <= most_for_interval);
  };
  if (!headline_.empty() && recipe.metrics[headline_[0]].can_be_redrawn() && worth_it(recipe.metrics[headline_[0]]))
    measures_.emplace(recipe.metrics, headline_);
  if (!recipe.task->classification()) return;
  confusion_ = std::dynamic_pointer_cast<Metric>(
      std::shared_ptr<Params>(Catalog::instance().find(Metric::kind, "confusion_matrix")->make()));
  confusion_->know_classes(recipe.task->info().classes());
}

void HeldOutLook::add(const Outcome& outcome) {
  if (measures_) measures_->add(outcome);
  if (confusion_ && misfit_of(*confusion_, outcome.answer, outcome.truth).empty())
    join(confusion_->merge(), counts_, confusion_->measure(outcome.answer, outcome.truth));
}

nlohmann::ordered_json HeldOutLook::record() const {
  const std::string split = experiment_.held_out();
  Json record = {{"split", split}, {"samples", experiment_.samples(split)->size()}};
  if (measures_ && measures_->size() > 0) {
    const Interval interval = measures_->interval(headline_[0], overview_draws, 0);
    if (std::isfinite(interval.low) && std::isfinite(interval.high))
      record["interval"] = {{"metric", experiment_.recipe.metrics[headline_[0]].names().front()},
                            {"low", interval.low},
                            {"high", interval.high}};
  }
  if (!counts_.empty()) record["confusion"] = table_record(confusion_->tables(counts_).at(0));
  return record;
}

nlohmann::ordered_json overview_of(const Experiment& experiment, const std::vector<ModuleCost>& modules) {
  const ModuleTableOptions table{
      .network = experiment.recipe.architecture.type, .width = layer_table_width, .costs = false};
  return {{"version", 1}, {"data", data_record(experiment)}, {"layers", module_table(modules, table)}};
}

std::string overview_sections(const nlohmann::ordered_json& overview) {
  std::string html;
  const std::string checkpoint = overview.value("checkpoint", "");
  if (overview.contains("held_out") && overview.at("held_out").contains("confusion")) {
    const Json& held_out = overview.at("held_out");
    html +=
        class_section(confusion_of(held_out.at("confusion")),
                      fmt::format("{} samples of {}, checkpoint {}", count_text(held_out.at("samples").get<int64_t>()),
                                  held_out.at("split").get<std::string>(), checkpoint));
  }
  if (overview.contains("samples")) html += sample_section(overview.at("samples"), checkpoint);
  if (overview.contains("data")) html += data_section(overview.at("data"));
  if (overview.contains("layers"))
    html += "<h2>Layers</h2>\n<pre>" + escaped(overview.at("layers").get<std::string>()) + "</pre>\n";
  return html;
}

}  // namespace dlrun
