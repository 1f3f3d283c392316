// What files and folders mean beyond single calls: parents, atomic replacement, space.

#include "base/files.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/output_file.h"
#include "base/units.h"

namespace dlrun {

std::string parent_folder(const std::string& path) {
  size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

void FileSystem::create_folders(const std::string& path) {
  if (kind_of_target(path) == FileKind::folder) return;
  std::string parent = parent_folder(path);
  if (parent != path) create_folders(parent);
  create_folder(path);
  sync_folder(parent);
}

void FileSystem::remove_all(const std::string& path) {
  if (!is_link(path) && kind(path) == FileKind::folder) {
    for (const std::string& name : list(path)) remove_all(path + "/" + name);
  }
  remove(path);
}

std::string read_beginning(const std::string& path, uint64_t most) {
  std::string text;
  const auto take = [&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  };
  FileSystem::instance().read(path, take, most);
  return text;
}

std::string read_text(const std::string& path, uint64_t most) {
  std::string text = read_beginning(path, most + 1);
  if (text.size() <= most) return text;
  throw UserError(ExitCode::bad_data, fmt::format("{}: is longer than {}, the most it may be", path, bytes_text(most)));
}

std::string file_hash(const std::string& path) {
  Hasher hasher;
  FileSystem::instance().read(path, [&](std::span<const std::byte> piece) { hasher.update(piece); });
  return hasher.hex();
}

void write_text_atomically(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.writer().write(text);
  file.commit();
}

void require_space(const std::string& folder, uint64_t bytes) {
  FileSystem& files = FileSystem::instance();
  std::string place = folder;
  while (files.kind(place) != FileKind::folder && parent_folder(place) != place) place = parent_folder(place);
  uint64_t available = files.free_space(place);
  if (available >= bytes) return;
  throw UserError(ExitCode::io_error, fmt::format("{}: not enough space: {} needed, {} free. Free some, or write "
                                                  "somewhere else.",
                                                  folder, bytes_text(bytes), bytes_text(available)));
}

}  // namespace dlrun
