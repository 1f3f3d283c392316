// Who may write into a run folder, and when.

#include "run/run_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace dlrun {
namespace {

constexpr const char* lock_name = ".lock";

// What dlrun makes in a run folder, and may therefore delete there.
bool ours(const std::string& name) {
  static const std::vector<std::string> names = {
      "recipe.yaml", "environment.json", "metrics.jsonl",   "log.txt", "result.json", "checkpoints", "export",
      "report.html", "pictures",         "predictions.png", "samples", "divergence",  lock_name};
  std::string plain = name.ends_with(".tmp") ? name.substr(0, name.size() - 4) : name;
  return std::find(names.begin(), names.end(), plain) != names.end() || name.starts_with("events.out.tfevents.");
}

std::string free_name(const std::string& path) {
  for (int number = 2;; ++number) {
    std::string name = fmt::format("{}-{}", path, number);
    if (!FileSystem::instance().exists(name)) return name;
  }
}

bool has_steps(const std::string& checkpoints) {
  FileSystem& files = FileSystem::instance();
  if (files.kind(checkpoints) != FileKind::folder) return false;
  std::vector<std::string> names = files.list(checkpoints);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with("step-"); });
}

void clear(const std::string& path) {
  FileSystem& files = FileSystem::instance();
  // The recipe goes last: while it is there, the folder is known as a run's.
  for (const std::string& name : files.list(path)) {
    if (ours(name) && name != lock_name && name != "recipe.yaml") files.remove_all(path + "/" + name);
  }
  files.remove(path + "/recipe.yaml");
  files.sync_folder(path);
}

}  // namespace

RunFolder RunFolder::create(const std::string& path, Start start) {
  FileSystem& files = FileSystem::instance();
  if (files.kind(path) == FileKind::file || files.kind(path) == FileKind::other) {
    throw UserError(ExitCode::cannot_write, path + ": this is not a folder. Choose another output_dir.");
  }
  files.create_folders(path);
  RunFolder folder(path);
  std::vector<std::string> names = files.list(path);
  auto foreign = std::find_if_not(names.begin(), names.end(), ours);
  bool has_recipe = files.exists(folder.recipe_file());
  if (!has_recipe && foreign != names.end()) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: this folder is not empty and holds no run (it has {}). Choose another place: "
                                "output_dir={}",
                                path, *foreign, free_name(path)));
  }
  folder.lock_ = std::make_unique<FileLock>(path + "/" + lock_name);
  if (!folder.lock_->held()) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: another dlrun (process {}) is writing this run. Wait for it, or choose another "
                                "place: output_dir={}",
                                path, folder.lock_->holder(), free_name(path)));
  }
  bool metrics = files.exists(folder.metrics_file()) && files.size(folder.metrics_file()) > 0;
  bool worth = has_recipe && (metrics || folder.finished() || has_steps(folder.checkpoints()));
  if (start == Start::fresh && worth) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: holds {} run already. Continue it with --resume, replace it with --overwrite, or "
                                "choose another place: output_dir={}",
                                path, folder.finished() ? "a finished" : "an unfinished", free_name(path)));
  }
  folder.resumed_ = start == Start::resume && has_recipe;
  files.create_folders(folder.checkpoints());
  return folder;
}

RunFolder RunFolder::beside(const std::string& path, bool resumed) {
  RunFolder folder(path);
  folder.resumed_ = resumed;
  return folder;
}

void RunFolder::begin() const {
  if (resumed_) return;
  clear(path_);
  FileSystem::instance().create_folders(checkpoints());
}

RunFolder RunFolder::open(const std::string& path) {
  FileSystem& files = FileSystem::instance();
  RunFolder folder(path);
  if (files.kind(path) == FileKind::file) throw UserError(ExitCode::no_input, path + ": is a file, not a run folder");
  if (files.kind(path) != FileKind::folder) throw UserError(ExitCode::no_input, path + ": no such folder");
  if (!files.exists(folder.recipe_file())) {
    throw UserError(ExitCode::no_input, path + ": holds no run (it has no recipe.yaml)");
  }
  return folder;
}

void RunFolder::write_recipe(const std::string& text) const { write_text_atomically(recipe_file(), text); }

std::string RunFolder::recipe_text() const { return read_text(recipe_file()); }

void RunFolder::write_environment(const nlohmann::json& environment) const {
  write_text_atomically(environment_file(),
                        environment.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

bool RunFolder::finished() const { return FileSystem::instance().exists(result_file()); }

void RunFolder::finish(const nlohmann::json& result) const {
  write_text_atomically(result_file(), result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void RunFolder::reopen() const {
  FileSystem::instance().remove(result_file());
  FileSystem::instance().sync_folder(path_);
}

}  // namespace dlrun
