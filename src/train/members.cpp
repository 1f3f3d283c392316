// What the members of a run came to, together.

#include "train/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "eval/evaluate.h"
#include "experiment/members.h"
#include "run/run_folder.h"
#include "run/training_state.h"
#include "train/soup.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// The results of one member on held-out data, {"test/loss": 0.3}, and what split they are of.
Json results_of(const std::string& folder, std::string& split) {
  const std::string file = RunFolder::open(folder).result_file();
  Json results = Json::object();
  of_stored(folder, "result.json", [&] {
    const Json result = Json::parse(read_text(file));
    if (!result.contains("split")) return;  // nothing was held out
    split = result.at("split").get<std::string>();
    for (const auto& [name, value] : result.at("results").items())
      if (name.starts_with(split + "/")) results[name] = value.is_null() ? NAN : value.get<double>();
  });
  return results;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void add_statistics(Json& summary) {
  for (const char* key : {"mean", "deviation", "lowest", "highest"}) summary[key] = Json::object();
  for (const auto& [name, first] : summary["members"][0]["results"].items()) {
    std::vector<double> values;
    for (const Json& member : summary["members"]) values.push_back(member["results"].value(name, NAN));
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0.0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    summary["mean"][name] = number_or_null(mean);
    summary["deviation"][name] = values.size() < 2 ? Json(nullptr) : number_or_null(std::sqrt(squares / (count - 1)));
    summary["lowest"][name] = number_or_null(*std::min_element(values.begin(), values.end()));
    summary["highest"][name] = number_or_null(*std::max_element(values.begin(), values.end()));
  }
}

// Of members with the same splits, whose answers have a mean.
void add_together(Json& summary, const Recipe& recipe, const std::string& folder, const std::string& split) {
  if (recipe.repeat->folds != "none" || recipe.repeat->soup != "none" || !recipe.task->averages() ||
      summary["members"].size() < 2)
    return;
  const Restored run = restore_members({.run = folder}, recipe);
  const std::unique_ptr<Loader> loader = run.experiment->loader(split);
  summary["together"] = Json::object();
  for (const auto& [name, value] : evaluate(*run.experiment, *loader))
    summary["together"][split + "/" + name] = number_or_null(value);
}

std::string shown(const Json& value) { return value.is_null() ? "-" : fmt::format("{:.4g}", value.get<double>()); }

}  // namespace

Json summarize_members(const Recipe& recipe, const std::string& folder) {
  Json summary = {{"event", "members"}, {"split", ""}, {"members", Json::array()}};
  std::string split;
  for (int64_t i = 0; i < member_count(recipe); ++i) {
    const std::string member = member_folder(folder, i);
    summary["members"].push_back(
        {{"folder", member}, {"differs", member_difference(recipe, i)}, {"results", results_of(member, split)}});
  }
  summary["split"] = split;
  add_statistics(summary);
  if (!split.empty()) add_together(summary, recipe, folder, split);
  if (recipe.repeat->soup != "none") {
    const Soup soup = make_soup(recipe, folder, split);
    for (const size_t member : soup.members) summary["soup"]["members"].push_back(member + 1);
    summary["soup"]["results"] = Json::object();
    for (const auto& [name, value] : soup.results) summary["soup"]["results"][split + "/" + name] = number_or_null(value);
  }
  return summary;
}

std::vector<std::string> members_text(const Json& summary) {
  const size_t count = summary["members"].size();
  if (summary["mean"].empty()) return {fmt::format("{} members; nothing was held out to compare them on", count)};
  const bool together = summary.contains("together"), soup = summary.contains("soup");
  const auto right = Table::Align::right;
  std::vector<Table::Column> columns = {
      {fmt::format("{} members", count)}, {"mean", right}, {"deviation", right}, {"lowest", right}, {"highest", right}};
  if (together) columns.push_back({"answers averaged", right});
  if (soup) columns.push_back({fmt::format("soup of {}", summary["soup"]["members"].size()), right});
  Table table(std::move(columns));
  for (const auto& [name, mean] : summary["mean"].items()) {
    std::vector<std::string> row = {name, shown(mean), shown(summary["deviation"][name]),
                                    shown(summary["lowest"][name]), shown(summary["highest"][name])};
    if (together) row.push_back(shown(summary["together"].value(name, Json())));
    if (soup) row.push_back(shown(summary["soup"]["results"].value(name, Json())));
    table.row(std::move(row));
  }
  return {table.text()};
}

}  // namespace dlrun
