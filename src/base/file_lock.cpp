// A lock between processes: flock on a file.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/files.h"
#include "base/posix_open.h"

namespace dlrun {

FileLock::FileLock(const std::string& path) {
  for (;;) {
    descriptor_ = open_again(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW);
    if (descriptor_ < 0) fail(path, "cannot create this file", errno, ExitCode::cannot_write);
    // File systems without locks (some network mounts) answer with other errors; there the lock is taken on trust.
    held_ = flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (!held_ || is_file_at(descriptor_, path)) break;
    close(descriptor_);  // Who held it took the file away.
  }
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
