// How paths are opened.

#include "base/posix_open.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/files.h"
#include "base/units.h"

namespace dlrun {
namespace {

bool out_of_space(int error) { return error == ENOSPC || error == EDQUOT; }

[[noreturn]] void fail_input(const std::string& path, const char* what) {
  throw UserError(ExitCode::no_input, path + ": " + what);
}

const char* kind_name(mode_t mode) {
  if (S_ISDIR(mode)) return "this is a folder, and a file is needed";
  if (S_ISFIFO(mode)) return "this is a pipe, and a file is needed";
  if (S_ISSOCK(mode)) return "this is a socket, and a file is needed";
  return "this is a device, and a file is needed";
}

}  // namespace

uint64_t free_bytes(const std::string& path) {
  struct statvfs space;
  if (statvfs(path.c_str(), &space) != 0) return 0;
  return uint64_t{space.f_bavail} * space.f_frsize;
}

void fail(const std::string& path, const char* what, int error, ExitCode code, uint64_t needed) {
  if (out_of_space(error)) {
    std::string amounts = needed == 0 ? "" : fmt::format(": {} more needed", bytes_text(needed));
    throw UserError(
        ExitCode::io_error,
        fmt::format("{}: {}: the {} is full{}, {} free. Free some, or write somewhere else.", path, what,
                    error == EDQUOT ? "quota" : "disk", amounts, bytes_text(free_bytes(parent_folder(path)))));
  }
  if (error == EIO || error == EMFILE || error == ENFILE || error == ESTALE) code = ExitCode::io_error;
  if (error == EFBIG)
    throw UserError(ExitCode::io_error, fmt::format("{}: {}: the file would be larger than this process may make one "
                                                    "(ulimit -f), or than the disk can hold",
                                                    path, what));
  throw UserError(code, fmt::format("{}: {}: {}", path, what, strerror(error)));
}

bool is_file_at(int descriptor, const std::string& path) {
  struct stat open, named;
  return fstat(descriptor, &open) == 0 && lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

int descriptor_of(const std::string& path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const char *first = path.data() + folder.size(), *last = path.data() + path.size();
    int number = -1;
    const auto [end, error] = std::from_chars(first, last, number);
    if (error == std::errc() && end == last) return number;
  }
  return -1;
}

bool is_descriptor_path(const std::string& path) { return descriptor_of(path) >= 0; }

int duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

int open_again(const char* path, int flags) {
  int descriptor = -1;
  do {
    descriptor = open(path, flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

int open_exclusively(const std::string& path, int flags) {
  for (;;) {
    const int descriptor = open_again(path.c_str(), flags | O_NOFOLLOW);
    if (descriptor < 0) fail(path, "cannot create this file", errno, ExitCode::cannot_write);
    const bool other = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    const bool there = is_file_at(descriptor, path);
    if (!other && there && ftruncate(descriptor, 0) == 0) return descriptor;
    const int error = errno;
    close(descriptor);
    if (other)
      throw UserError(ExitCode::cannot_write,
                      path + ": another process is writing this file. Wait for it, or choose another place.");
    if (there) fail(path, "cannot create this file", error, ExitCode::cannot_write);
    // Who held it was done between the two calls, and took it away.
  }
}

int open_for_reading(const std::string& path, bool streams, struct stat& status) {
  const int given = descriptor_of(path);
  const int descriptor = given >= 0 ? duplicate(given) : open_again(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0 && errno == ENXIO && stat(path.c_str(), &status) == 0) fail_input(path, kind_name(status.st_mode));
  if (descriptor < 0) fail(path, "cannot read", errno, ExitCode::no_input);
  const int error = fstat(descriptor, &status) == 0 ? 0 : errno;
  const bool taken = S_ISREG(status.st_mode) || (streams && given >= 0 && !S_ISDIR(status.st_mode));
  if (error == 0 && taken) return descriptor;
  close(descriptor);
  if (error != 0) fail(path, "cannot read", error, ExitCode::no_input);
  fail_input(path, kind_name(status.st_mode));
}

}  // namespace dlrun
