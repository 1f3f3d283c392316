// What differs in two runs beside their results.

#include "report/run_differences.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "run/run_folder.h"

namespace dlrun {
namespace {

using EnvironmentValues = std::map<std::string, std::string>;

// "dlrun.revision": every value that is no group, by its path.
void flatten(const nlohmann::json& json, const std::string& path, EnvironmentValues& values) {
  if (!json.is_object()) {
    values[path] = json.is_string() ? json.get<std::string>() : json.dump();
    return;
  }
  for (const auto& [key, value] : json.items()) flatten(value, path.empty() ? key : path + "." + key, values);
}

EnvironmentValues environment_of(const std::string& run) {
  EnvironmentValues values;
  const std::string file = RunFolder::open(run).environment_file();
  if (!FileSystem::instance().exists(file)) return values;
  const nlohmann::json json = nlohmann::json::parse(read_text(file), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw UserError(ExitCode::bad_data, file + ": is no JSON; was it changed by hand?");
  flatten(json, "", values);
  return values;
}

bool is_code(const std::string& path) { return path.starts_with("dlrun.") || path.starts_with("libtorch."); }

bool is_name(const std::string& path) { return path == "name" || path == "description" || path == "output_dir"; }

}  // namespace

RunDifferences differences_of(Params& first_recipe, Params& second_recipe, const std::string& first_folder,
                              const std::string& second_folder) {
  RunDifferences differences;
  for (const Difference& one : diff(first_recipe, second_recipe))
    if (!is_name(one.path)) differences.recipe.push_back(one);
  const EnvironmentValues first = environment_of(first_folder), second = environment_of(second_folder);
  std::set<std::string> paths;
  for (const EnvironmentValues* values : {&first, &second})
    for (const auto& [path, value] : *values) paths.insert(path);
  for (const std::string& path : paths) {
    if (path == "time" || path == "command") continue;
    const auto value = [&](const EnvironmentValues& values) {
      return values.contains(path) ? values.at(path) : std::string();
    };
    if (value(first) != value(second))
      (is_code(path) ? differences.code : differences.environment).push_back({path, value(first), value(second)});
  }
  return differences;
}

std::map<std::string, std::vector<std::string>> differing_keys(std::span<const RunRecord> runs) {
  std::map<std::string, std::vector<std::string>> values;
  for (size_t i = 1; i < runs.size(); ++i)
    for (const Difference& difference : diff(*runs[0].recipe, *runs[i].recipe)) {
      if (is_name(difference.path)) continue;
      const std::vector<std::string> as_first(runs.size(), difference.left);
      values.try_emplace(difference.path, as_first).first->second[i] = difference.right;
    }
  return values;
}

}  // namespace dlrun
