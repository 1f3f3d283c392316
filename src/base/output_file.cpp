// Write beside, sync, rename, sync: or straight, where there is no file to replace.

#include "base/output_file.h"

#include "base/error.h"

namespace dlrun {
namespace {

// No name a person would give: what a killed process left under it may be overwritten.
constexpr const char* unfinished = ".dlrun-tmp";

// Where links lead, or a mistake in the place to write to.
std::string target_of(const std::string& path) {
  try {
    return FileSystem::instance().link_target(path);
  } catch (const UserError& error) {
    throw UserError(ExitCode::cannot_write, error.what());
  }
}

}  // namespace

FileKind kind_of_target(const std::string& path) {
  try {
    return FileSystem::instance().kind(path);
  } catch (const UserError& error) {
    throw UserError(error.code() == ExitCode::io_error ? error.code() : ExitCode::cannot_write, error.what());
  }
}

OutputFile::OutputFile(const std::string& path) : target_(target_of(path)) {
  FileSystem& files = FileSystem::instance();
  const FileKind kind = kind_of_target(target_);
  if (kind == FileKind::folder) throw UserError(ExitCode::cannot_write, path + ": is a folder; name a file");
  const bool straight = kind == FileKind::other || is_descriptor_path(target_);
  written_ = straight ? target_ : target_ + unfinished;
  writer_ = files.open_for_writing(written_, straight ? WriteMode::truncate : WriteMode::exclusive);
}

OutputFile::~OutputFile() {
  if (committed_ || written_ == target_) return;
  try {
    FileSystem::instance().remove(written_);
  } catch (const UserError&) {  // An error is on its way already, and worth more.
  }
}

void OutputFile::commit() {
  writer_->sync();
  if (written_ != target_) {
    FileSystem::instance().rename(written_, target_);
    committed_ = true;
    FileSystem::instance().sync_folder(parent_folder(target_));
  }
  writer_.reset();
}

}  // namespace dlrun
