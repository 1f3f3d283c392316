// The real file system: POSIX calls, with every error turned into a sentence.

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/posix_open.h"

namespace dlrun {
namespace {

class PosixWriter final : public FileWriter {
 public:
  PosixWriter(const std::string& path, WriteMode mode) : path_(path) {
    const int given = descriptor_of(path);
    const int flags = O_WRONLY | O_CREAT | O_NOCTTY;
    if (given >= 0)
      descriptor_ = duplicate(given);
    else if (mode == WriteMode::exclusive)
      descriptor_ = open_exclusively(path, flags);
    else
      descriptor_ = open_again(path.c_str(), flags | (mode == WriteMode::append ? O_APPEND : O_TRUNC));
    if (descriptor_ < 0) fail(path, "cannot create this file", errno, ExitCode::cannot_write);
  }
  ~PosixWriter() override { close(descriptor_); }

  void write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      ssize_t count = ::write(descriptor_, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(path_, "cannot write", errno, ExitCode::io_error, bytes.size());
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
  }

  void sync() override {
    if (fsync(descriptor_) == 0 || errno == EINVAL || errno == EROFS) return;  // Pipes and devices cannot be synced.
    fail(path_, "cannot sync to the disk", errno, ExitCode::io_error);
  }

 private:
  std::string path_;
  int descriptor_ = -1;
};

class PosixFileSystem final : public FileSystem {
 public:
  std::unique_ptr<FileWriter> open_for_writing(const std::string& path, WriteMode mode) override {
    return std::make_unique<PosixWriter>(path, mode);
  }

  void sync_folder(const std::string& path) override {
    int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot open this folder", errno, ExitCode::io_error);
    int error = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    // Some network file systems have no way to sync a folder and say so.
    if (error != 0 && error != EINVAL && error != ENOTSUP) {
      fail(path, "cannot sync this folder to the disk", error, ExitCode::io_error);
    }
  }

  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      int error = errno;
      fail(from, fmt::format("cannot rename to {}", to).c_str(), error, ExitCode::cannot_write);
    }
  }

  void remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) fail(path, "cannot remove", errno, ExitCode::cannot_write);
  }

  void create_folder(const std::string& path) override {
    if (mkdir(path.c_str(), 0777) == 0) return;
    int error = errno;
    if (error == EEXIST && kind(path) == FileKind::folder) return;
    fail(path, "cannot create this folder", error, ExitCode::cannot_write);
  }

  void truncate(const std::string& path, uint64_t size) override {
    int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot write to this file", errno, ExitCode::cannot_write);
    int error = ftruncate(descriptor, static_cast<off_t>(size)) == 0 && fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    if (error != 0) fail(path, "cannot shorten this file", error, ExitCode::io_error);
  }

  FileBytes map(const std::string& path) override {
    struct stat status;
    const int descriptor = open_for_reading(path, /*streams=*/false, status);
    int error = 0;
    void* memory = nullptr;
    const auto size = static_cast<size_t>(status.st_size);
    if (size > 0) {
      memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
      if (memory == MAP_FAILED) error = errno;
    }
    close(descriptor);
    if (error != 0) fail(path, "cannot read", error, ExitCode::no_input);
    if (memory == nullptr) return {};
    std::shared_ptr<void> owner(memory, [size](void* address) { munmap(address, size); });
    return {std::move(owner), {static_cast<std::byte*>(memory), size}};
  }

  void read(const std::string& path, const std::function<void(std::span<const std::byte>)>& take,
            uint64_t most) override {
    struct stat status;
    const int descriptor = open_for_reading(path, /*streams=*/true, status);
    const std::shared_ptr<void> closed(nullptr, [descriptor](void*) { close(descriptor); });
    constexpr size_t piece_size = size_t{1} << 20;
    const auto piece = std::make_unique_for_overwrite<std::byte[]>(piece_size);  // Zeros would cost more than a recipe.
    while (most > 0) {
      const ssize_t got = ::read(descriptor, piece.get(), std::min<uint64_t>(piece_size, most));
      if (got == 0) return;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(path, "cannot read", errno, ExitCode::io_error);
      take(std::span<const std::byte>(piece.get(), static_cast<size_t>(got)));
      most -= static_cast<uint64_t>(got);
    }
  }

  std::vector<std::string> list(const std::string& folder) override {
    DIR* handle = opendir(folder.c_str());
    if (handle == nullptr) fail(folder, "cannot read this folder", errno, ExitCode::no_input);
    std::vector<std::string> names;
    while (dirent* entry = readdir(handle)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    closedir(handle);
    std::sort(names.begin(), names.end());
    return names;
  }

  FileKind kind(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) fail(path, "cannot look at this", errno, ExitCode::no_input);
      return lstat(path.c_str(), &status) == 0 ? FileKind::other : FileKind::none;
    }
    if (S_ISREG(status.st_mode)) return FileKind::file;
    return S_ISDIR(status.st_mode) ? FileKind::folder : FileKind::other;
  }

  bool is_link(const std::string& path) override {
    struct stat status;
    return lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  }

  std::string link_target(const std::string& path) override {
    constexpr int most = 40;  // as the kernel
    std::string place = path;
    for (int hop = 0; hop < most; ++hop) {
      if (descriptor_of(place) >= 0 || !is_link(place)) return place;
      char target[PATH_MAX];
      const ssize_t length = readlink(place.c_str(), target, sizeof target);
      if (length < 0) fail(path, "cannot follow this link", errno, ExitCode::no_input);
      const std::string next(target, static_cast<size_t>(length));
      place = next.starts_with('/') ? next : parent_folder(place) + "/" + next;
    }
    fail(path, "cannot follow this link", ELOOP, ExitCode::no_input);
  }

  uint64_t size(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) fail(path, "cannot read", errno, ExitCode::no_input);
    return static_cast<uint64_t>(status.st_size);
  }

  uint64_t free_space(const std::string& folder) override { return free_bytes(folder); }
};

std::atomic<FileSystem*> replacement{nullptr};

}  // namespace

FileSystem& FileSystem::instance() {
  static PosixFileSystem real;
  FileSystem* other = replacement.load();
  return other != nullptr ? *other : real;
}

void FileSystem::replace(FileSystem* other) { replacement = other; }

}  // namespace dlrun
