// The folder of a sweep.

#include "sweep/sweep_folder.h"

#include "base/error.h"
#include "base/output_file.h"

namespace dlrun {
namespace {

constexpr const char* sweep_lock = ".dlrun-sweep-lock";
// In the order in which they go: while anything is left that somebody else could have made, sweep.json tells whose it
// is.
constexpr const char* own_names[] = {"trials", "logs", "sweep.csv", "report.html", "sweep.json", "sweep.yaml"};

}  // namespace

SweepFolder::SweepFolder(const std::string& path, bool resume, bool overwrite) : path_(path) {
  FileSystem& files = FileSystem::instance();
  const FileKind kind = kind_of_target(path);
  if (kind != FileKind::none && kind != FileKind::folder)
    throw UserError(ExitCode::cannot_write, path + ": this is not a folder. Choose another one: --output");
  const bool holds = kind == FileKind::folder && files.exists(path + "/sweep.json");
  if (kind == FileKind::folder && !holds)
    for (const std::string& name : files.list(path))
      if (name != sweep_lock && name != "sweep.yaml")
        throw UserError(ExitCode::cannot_write, path + ": this folder is not empty and holds no sweep (it has " + name +
                                                    "). Choose another one: --output");
  if (holds && !resume && !overwrite)
    throw UserError(ExitCode::cannot_write, path +
                                                ": holds a sweep already. Continue it with --resume, replace it "
                                                "with --overwrite, or choose another folder: --output");
  files.create_folders(path);
  lock_ = std::make_unique<FileLock>(path + "/" + sweep_lock);
  if (!lock_->held())
    throw UserError(ExitCode::cannot_write, path + ": another dlrun (process " + lock_->holder() +
                                                ") is writing this sweep. Wait for it, or choose another folder: "
                                                "--output");
  resumed_ = holds && resume;
}

void SweepFolder::begin(const std::string& recipe, const std::function<void()>& write_trials) {
  FileSystem& files = FileSystem::instance();
  if (!resumed_)
    for (const char* name : own_names) files.remove_all(path_ + "/" + name);
  write_text_atomically(path_ + "/sweep.yaml", recipe);
  write_trials();
  files.create_folder(path_ + "/trials");
  files.create_folder(path_ + "/logs");
}

}  // namespace dlrun
