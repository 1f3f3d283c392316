// Who may write into a run folder, and when.

#include "run/run_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "run/run_marker.h"
#include "run/status.h"

namespace dlrun {
namespace {

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

// What a run writes under these names must be its own: a link would lead to files of somebody else.
void refuse_links(const RunFolder& folder) {
  FileSystem& files = FileSystem::instance();
  for (const std::string& path : {folder.path() + "/" + marker_name, folder.path() + "/" + lock_name,
                                  folder.recipe_file(), folder.environment_file(), folder.metrics_file(),
                                  folder.log_file(), folder.result_file(), folder.path() + "/" + status_name}) {
    const FileKind kind = files.kind(path);
    if (files.is_link(path) || (kind != FileKind::none && kind != FileKind::file))
      throw UserError(ExitCode::cannot_write, path +
                                                  ": is no plain file, and dlrun writes one there. Move it away, or "
                                                  "choose another place: output_dir=" +
                                                  free_name(folder.path()));
  }
  for (const std::string& path :
       {folder.checkpoints(), folder.members(), folder.path() + "/divergence", folder.path() + "/pictures"}) {
    const FileKind kind = files.kind(path);
    if (kind != FileKind::none && kind != FileKind::folder)
      throw UserError(ExitCode::cannot_write, path + ": is no folder, and dlrun needs one there. Move it away.");
  }
}

uint64_t bytes_below(const std::string& path) {
  FileSystem& files = FileSystem::instance();
  if (files.is_link(path)) return 0;
  if (files.kind(path) == FileKind::file) return files.size(path);
  if (files.kind(path) != FileKind::folder) return 0;
  uint64_t bytes = 0;
  for (const std::string& name : files.list(path)) bytes += bytes_below(path + "/" + name);
  return bytes;
}

}  // namespace

RunFolder RunFolder::create(const std::string& path, Start start) {
  FileSystem& files = FileSystem::instance();
  const FileKind kind = kind_of_target(path);
  if (kind == FileKind::file || kind == FileKind::other) {
    throw UserError(ExitCode::cannot_write, path + ": this is not a folder. Choose another output_dir.");
  }
  const FolderState state = look_at(path);
  if (state.ownership == Ownership::foreign) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: this folder is not empty and holds no run (it has {}). Choose another place: "
                                "output_dir={}",
                                path, state.holds, free_name(path)));
  }
  files.create_folders(path);
  RunFolder folder(path);
  folder.made_ = kind == FileKind::none;
  folder.fresh_ = state.ownership == Ownership::nobody;
  refuse_links(folder);
  folder.lock_ = std::make_unique<FileLock>(path + "/" + lock_name);
  if (!folder.lock_->held()) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: another dlrun (process {}) is writing this run. Wait for it, or choose another "
                                "place: output_dir={}",
                                path, folder.lock_->holder(), free_name(path)));
  }
  folder.check(start);
  return folder;
}

void RunFolder::check(Start start) {
  FileSystem& files = FileSystem::instance();
  const bool has_recipe = files.exists(recipe_file());
  const bool metrics = files.exists(metrics_file()) && files.size(metrics_file()) > 0;
  const bool worth = metrics || finished() || has_steps(checkpoints()) || files.kind(members()) == FileKind::folder;
  if (start == Start::fresh && worth) {
    throw UserError(ExitCode::cannot_write,
                    fmt::format("{}: holds {} run already. Continue it with --resume, replace it with --overwrite, or "
                                "choose another place: output_dir={}",
                                path_, finished() ? "a finished" : "an unfinished", free_name(path_)));
  }
  if (start == Start::resume && worth && !has_recipe)
    throw UserError(ExitCode::no_input, recipe_file() + ": missing, though a run is there: it cannot be told which");
  if (start == Start::resume && has_recipe && (worth || recipe_is_ours(path_))) {
    resumed_ = true;
  } else if (!recipe_is_ours(path_)) {
    throw UserError(ExitCode::cannot_write, recipe_file() +
                                                ": dlrun did not write this file, and would write over it. "
                                                "Move it away, or choose another place: output_dir=" +
                                                free_name(path_));
  }
}

RunFolder::~RunFolder() {
  if (!lock_ || !lock_->held() || begun_ || !fresh_) return;
  try {  // A training that never began leaves no traces.
    FileSystem& files = FileSystem::instance();
    files.remove(path_ + "/" + lock_name);
    if (files.kind(members()) == FileKind::folder && files.list(members()).empty()) files.remove(members());
    if (made_ && files.list(path_).empty()) files.remove(path_);
  } catch (const UserError&) {
  }
}

RunFolder RunFolder::beside(const std::string& path, bool resumed) {
  RunFolder folder(path);
  folder.resumed_ = resumed;
  return folder;
}

void RunFolder::begin(const std::string& recipe) {
  FileSystem& files = FileSystem::instance();
  begun_ = true;
  // A result beside a longer recipe would count as the result of that.
  files.remove(result_file());
  files.sync_folder(path_);
  write_marker(path_, recipe);
  if (!resumed_) {
    if (const int others = clear_run(path_); others > 0)
      log_info(fmt::format("{}: {} that dlrun did not write stay{} where {}", path_,
                           others == 1 ? "a file" : fmt::format("{} files", others), others == 1 ? "s" : "",
                           others == 1 ? "it is" : "they are"));
  }
  write_text_atomically(recipe_file(), recipe);
}

uint64_t RunFolder::bytes_replaced() const {
  return resumed_ ? 0 : bytes_below(checkpoints()) + bytes_below(path_ + "/divergence");
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

std::string RunFolder::recipe_text() const { return read_text(recipe_file()); }

void RunFolder::write_environment(const nlohmann::json& environment) const {
  write_text_atomically(environment_file(),
                        environment.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

bool RunFolder::finished() const { return FileSystem::instance().exists(result_file()); }

void RunFolder::finish(const nlohmann::json& result) const {
  write_text_atomically(result_file(), result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace dlrun
