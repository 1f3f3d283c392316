// The real file system: POSIX calls, with every error turned into a sentence.

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/units.h"

namespace dlrun {
namespace {

uint64_t free_bytes(const std::string& path) {
  struct statvfs space;
  if (statvfs(path.c_str(), &space) != 0) return 0;
  return uint64_t{space.f_bavail} * space.f_frsize;
}

bool out_of_space(int error) { return error == ENOSPC || error == EDQUOT; }

// `needed` > 0: bytes this call still had to write.
[[noreturn]] void fail(const std::string& path, const char* what, int error, ExitCode code, uint64_t needed = 0) {
  if (out_of_space(error)) {
    std::string amounts = needed == 0 ? "" : fmt::format(": {} more needed", bytes_text(needed));
    throw UserError(
        ExitCode::io_error,
        fmt::format("{}: {}: the {} is full{}, {} free. Free some, or write somewhere else.", path, what,
                    error == EDQUOT ? "quota" : "disk", amounts, bytes_text(free_bytes(parent_folder(path)))));
  }
  if (error == EIO || error == EMFILE || error == ENFILE) code = ExitCode::io_error;
  throw UserError(code, fmt::format("{}: {}: {}", path, what, strerror(error)));
}

class PosixWriter final : public FileWriter {
 public:
  PosixWriter(const std::string& path, WriteMode mode) : path_(path) {
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == WriteMode::append ? O_APPEND : O_TRUNC);
    do {
      descriptor_ = open(path.c_str(), flags, 0666);
    } while (descriptor_ < 0 && errno == EINTR);
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
  int descriptor_;
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
    int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot read", errno, ExitCode::no_input);
    struct stat status;
    int error = fstat(descriptor, &status) == 0 ? 0 : errno;
    if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
    void* memory = nullptr;
    size_t size = error == 0 ? static_cast<size_t>(status.st_size) : 0;
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

  void read(const std::string& path, const std::function<void(std::span<const std::byte>)>& take) override {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, "cannot read", errno, ExitCode::no_input);
    const std::shared_ptr<void> closed(nullptr, [descriptor](void*) { close(descriptor); });
    std::vector<std::byte> piece(size_t{1} << 20);
    for (;;) {
      const ssize_t got = ::read(descriptor, piece.data(), piece.size());
      if (got == 0) return;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(path, "cannot read", errno, errno == EISDIR ? ExitCode::no_input : ExitCode::io_error);
      take(std::span<const std::byte>(piece.data(), static_cast<size_t>(got)));
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
    if (stat(path.c_str(), &status) != 0) return lstat(path.c_str(), &status) == 0 ? FileKind::other : FileKind::none;
    if (S_ISREG(status.st_mode)) return FileKind::file;
    return S_ISDIR(status.st_mode) ? FileKind::folder : FileKind::other;
  }

  bool is_link(const std::string& path) override {
    struct stat status;
    return lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
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

FileLock::FileLock(const std::string& path) {
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path, "cannot create this file", errno, ExitCode::cannot_write);
  // File systems without locks (some network mounts) answer with other errors; there the lock is taken on trust.
  held_ = flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  char text[64] = {};
  if (held_) {
    int length = snprintf(text, sizeof text, "%d\n", static_cast<int>(getpid()));
    if (ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, text, static_cast<size_t>(length), 0) == length) return;
  } else if (pread(descriptor_, text, sizeof text - 1, 0) > 0) {
    holder_.assign(text, strcspn(text, "\n"));
  }
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace dlrun
