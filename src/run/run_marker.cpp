// The marker of a run folder, and the names of what a run makes.

#include "run/run_marker.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"
#include "run/checkpoint.h"
#include "run/output_folder.h"
#include "run/run_folder.h"

namespace dlrun {
namespace {

constexpr const char* marker_format = "dlrun run folder";
constexpr uint64_t most_marker_bytes = 1 << 16;

bool is_plain_file(const std::string& path) {
  return FileSystem::instance().kind(path) == FileKind::file && !FileSystem::instance().is_link(path);
}

// null where there is no marker, or something else of its name.
nlohmann::json read_marker(const std::string& folder) {
  const std::string path = folder + "/" + marker_name;
  if (!is_plain_file(path) || FileSystem::instance().size(path) > most_marker_bytes) return nullptr;
  const nlohmann::json marker =
      nlohmann::json::parse(read_text(path, most_marker_bytes), nullptr, /*allow_exceptions=*/false);
  return marker.is_object() && marker.value("format", nlohmann::json()) == marker_format ? marker : nullptr;
}

// Runs from before there were markers: nobody else writes manifests that end in a hash of themselves.
bool has_manifest(const std::string& folder) {
  const std::string checkpoints = folder + "/checkpoints";
  if (FileSystem::instance().kind(checkpoints) != FileKind::folder) return false;
  for (const std::string& name : FileSystem::instance().list(checkpoints)) {
    const std::string manifest = checkpoints + "/" + name + "/manifest.json";
    if (!CheckpointStore::is_name(name) || !is_plain_file(manifest)) continue;
    if (FileSystem::instance().map(manifest).text().find("\"xxh3_128\"") != std::string_view::npos) return true;
  }
  return false;
}

std::vector<std::string> recipes_of(const nlohmann::json& marker) {
  std::vector<std::string> hashes;
  if (const auto found = marker.find("recipes"); found != marker.end() && found->is_array())
    for (const nlohmann::json& hash : *found)
      if (hash.is_string()) hashes.push_back(hash.get<std::string>());
  return hashes;
}

class Clearing {
 public:
  // The files in `folder` whose names match; then the folder, where it is empty and no link.
  void files_in(const std::string& folder, const char* expression) {
    if (FileSystem::instance().kind(folder) != FileKind::folder) return;
    const std::regex name(expression);
    for (const std::string& each : FileSystem::instance().list(folder)) {
      const std::string path = folder + "/" + each;
      if (std::regex_match(each, name) && is_plain_file(path))
        FileSystem::instance().remove(path);
      else
        ++passed;
    }
    remove_empty(folder);
  }

  // The same in folders inside `folder` whose names `is_one` accepts.
  void folders_in(const std::string& folder, bool (*is_one)(const std::string&), const char* expression) {
    if (FileSystem::instance().kind(folder) != FileKind::folder) return;
    for (const std::string& each : FileSystem::instance().list(folder)) {
      if (is_one(each) && !FileSystem::instance().is_link(folder + "/" + each))
        files_in(folder + "/" + each, expression);
      else
        ++passed;
    }
    remove_empty(folder);
  }

  int passed = 0;

 private:
  static void remove_empty(const std::string& folder) {
    if (!FileSystem::instance().is_link(folder) && FileSystem::instance().list(folder).empty())
      FileSystem::instance().remove(folder);
  }
};

// "step-00000010" of a checkpoint or a divergence, also half written or half deleted.
bool is_step(const std::string& name) {
  const size_t dot = name.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : name.substr(dot);
  return (ending.empty() || ending == ".tmp" || ending == ".old") && CheckpointStore::is_name(name.substr(0, dot));
}

}  // namespace

bool is_event_file(const std::string& name) {
  return std::regex_match(name, std::regex("events\\.out\\.tfevents\\.[0-9]{10,18}\\.dlrun(\\.result)?"));
}

bool is_wandb_folder(const std::string& name) {
  return std::regex_match(name, std::regex(wandb_prefix + std::string("[0-9]{8}_[0-9]{6}-[a-z0-9]{8}")));
}

FolderState look_at(const std::string& folder) {
  if (FileSystem::instance().kind(folder) == FileKind::none) return {};
  if (!read_marker(folder).is_null() || has_manifest(folder)) return {Ownership::run, ""};
  std::vector<std::string> names = FileSystem::instance().list(folder);
  std::erase(names, lock_name);  // of another process that begins here
  if (names.empty()) return {};
  constexpr size_t shown = 3;
  std::string holds = join({names.begin(), names.begin() + std::min(shown, names.size())}, ", ");
  if (names.size() > shown) holds += fmt::format(" and {} more", names.size() - shown);
  return {Ownership::foreign, holds};
}

void write_marker(const std::string& folder, std::string_view recipe) {
  nlohmann::ordered_json marker = {
      {"format", marker_format},
      {"version", 1},
      {"about", "dlrun made this folder for a run: its own files in it may be replaced, others are never touched."}};
  // What is there now, and what comes: after a crash it is one of the two.
  std::vector<std::string> recipes;
  if (recipe_is_ours(folder) && FileSystem::instance().exists(folder + "/recipe.yaml"))
    recipes.push_back(file_hash(folder + "/recipe.yaml"));
  if (!recipe.empty()) recipes.push_back(hash_hex(recipe));
  marker["recipes"] = recipes;
  write_text_atomically(folder + "/" + marker_name, marker.dump(2) + "\n");
}

bool recipe_is_ours(const std::string& folder) {
  const std::string recipe = folder + "/recipe.yaml";
  const nlohmann::json marker = read_marker(folder);
  if (marker.is_null() || FileSystem::instance().kind(recipe) == FileKind::none) return true;
  const std::vector<std::string> hashes = recipes_of(marker);
  return std::find(hashes.begin(), hashes.end(), file_hash(recipe)) != hashes.end();
}

namespace {

// Run folders inside `folder`, named by their numbers, unless somebody is writing one; then itself, where it is empty.
int clear_members(const std::string& folder) {
  if (FileSystem::instance().kind(folder) != FileKind::folder) return 0;
  int passed = 0;
  for (const std::string& name : FileSystem::instance().list(folder)) {
    const std::string member = folder + "/" + name;
    const bool numbered = std::regex_match(name, std::regex("[1-9][0-9]*")) &&
                          FileSystem::instance().kind(member) == FileKind::folder &&
                          !FileSystem::instance().is_link(member);
    const Ownership ownership = numbered ? look_at(member).ownership : Ownership::foreign;
    passed += ownership == Ownership::foreign;
    if (ownership != Ownership::run) continue;
    const FileLock lock(member + "/" + lock_name);
    if (!lock.held()) continue;
    passed += clear_run(member);
    for (const char* file : {marker_name, lock_name})
      if (is_plain_file(member + "/" + file)) FileSystem::instance().remove(member + "/" + file);
    if (FileSystem::instance().list(member).empty()) FileSystem::instance().remove(member);
  }
  if (!FileSystem::instance().is_link(folder) && FileSystem::instance().list(folder).empty())
    FileSystem::instance().remove(folder);
  return passed;
}

}  // namespace

int clear_run(const std::string& folder) {
  Clearing clearing;
  const auto path = [&](const char* name) { return folder + "/" + name; };
  for (const char* name : {"result.json", "status.json", "metrics.jsonl", "log.txt", "environment.json", "report.html",
                           "curves.svg", "curves.png", "overview.json", "metrics.csv", "mlflow.json", soup_name})
    if (is_plain_file(path(name))) FileSystem::instance().remove(path(name));
  for (const std::string& name : FileSystem::instance().list(folder))
    if (is_event_file(name) && is_plain_file(folder + "/" + name)) FileSystem::instance().remove(folder + "/" + name);
  clearing.folders_in(path("checkpoints"), is_step, "manifest\\.json|rank-[0-9]+\\.safetensors");
  clearing.folders_in(path("divergence"), is_step, "(batch|state)\\.safetensors|report\\.(json|txt)");
  clearing.passed += clear_members(path("members"));
  clearing.folders_in(path("wandb"), is_wandb_folder, "run-[a-z0-9]{8}\\.wandb(\\.synced)?");
  clearing.files_in(path("pictures"), "step-[0-9]{8,}\\.png");
  clearing.passed += OutputFolder::remove_from(path("export"));
  if (is_plain_file(path("recipe.yaml"))) FileSystem::instance().remove(path("recipe.yaml"));
  FileSystem::instance().sync_folder(folder);
  return clearing.passed;
}

}  // namespace dlrun
