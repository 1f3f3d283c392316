// Reading data files, plain or gzip, with errors that name the file, the place and the rule.

#include "data/input_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/files.h"
#include "base/long_work.h"
#include "base/memory.h"

namespace dlrun {

void bad_data(const std::string& path, const std::string& message) {
  throw UserError(ExitCode::bad_data, path + ": " + message);
}

void no_input(const std::string& path, const std::string& message) {
  throw UserError(ExitCode::no_input, path + ": " + message);
}

namespace {

constexpr int64_t large_file = 16 << 20;  // bytes from which on loading may take seconds

// What comes through a stream that this process was given (standard input, a shell's <(command)), as a file in memory.
int spool(const std::string& path) {
  const int memory = memfd_create("input", MFD_CLOEXEC);
  if (memory < 0) no_input(path, std::string("cannot be read: ") + std::strerror(errno));
  int64_t bytes = 0;
  try {
    FileSystem::instance().read(path, [&](std::span<const std::byte> piece) {
      bytes += static_cast<int64_t>(piece.size());
      if (bytes > machine_memory() / 2) bad_data(path, "more than half of this machine's memory comes through it");
      for (size_t done = 0; done < piece.size();) {
        const ssize_t wrote = ::write(memory, piece.data() + done, piece.size() - done);
        if (wrote < 0 && errno != EINTR) no_input(path, std::string("cannot be kept: ") + std::strerror(errno));
        done += static_cast<size_t>(std::max<ssize_t>(wrote, 0));
      }
    });
  } catch (...) {
    close(memory);
    throw;
  }
  lseek(memory, 0, SEEK_SET);
  return memory;
}

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path == "-" ? "/dev/stdin" : path) {
  // A pipe without a writer must not block us.
  int descriptor = is_descriptor_path(path_) ? spool(path_) : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    no_input(path, errno == ENOENT ? "no such file" : std::string("cannot be read: ") + std::strerror(errno));
  struct stat status;
  fstat(descriptor, &status);
  if (!S_ISREG(status.st_mode)) {
    close(descriptor);
    no_input(path, S_ISDIR(status.st_mode) ? "is a folder, expected a file" : "is not a regular file");
  }
  unsigned char magic[2] = {0, 0};
  compressed_ = pread(descriptor, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  size_ = status.st_size;
  capacity_ = compressed_ ? status.st_size * 1032 : status.st_size;  // deflate packs at most 1032 to 1
  gzFile file = gzdopen(descriptor, "rb");
  gzbuffer(file, 1 << 18);
  file_ = std::shared_ptr<void>(file, [](void* opened) { gzclose(static_cast<gzFile>(opened)); });
}

size_t InputFile::read_some(void* to, size_t size) {
  gzFile file = static_cast<gzFile>(file_.get());
  size_t done = 0;
  while (done < size) {
    size_t wanted = std::min<size_t>(size - done, 1 << 30);
    int got = gzread(file, static_cast<char*>(to) + done, static_cast<unsigned>(wanted));
    int error = Z_OK;
    const char* message = gzerror(file, &error);
    std::string place = " after " + std::to_string(offset_) + " bytes";
    if (error == Z_ERRNO) no_input(path_, "cannot be read: " + std::string(std::strerror(errno)));
    if (error == Z_BUF_ERROR) bad_data(path_, "the gzip data ends too early," + place + "; the file was cut short");
    if (got < 0) bad_data(path_, "damaged gzip data" + place + " (" + message + ")");
    if (got == 0) break;
    done += static_cast<size_t>(got);
    offset_ += got;
  }
  return done;
}

void InputFile::read(void* to, size_t size, const char* what) {
  int64_t start = offset_;
  size_t got = read_some(to, size);
  if (got == size) return;
  if (offset_ == 0) bad_data(path_, std::string("is empty, expected ") + what);
  bad_data(path_, "ends after " + std::to_string(offset_) + " bytes, expected " + std::to_string(size) + " bytes of " +
                      what + " from offset " + std::to_string(start) + "; the file was cut short");
}

int64_t InputFile::offset_on_disk() const {
  return compressed_ ? static_cast<int64_t>(gzoffset(static_cast<gzFile>(file_.get()))) : offset_;
}

void InputFile::expect_end() {
  char byte;
  if (read_some(&byte, 1) == 1)
    bad_data(path_, "holds more than its header says: data goes on at offset " + std::to_string(offset_ - 1));
}

void require_memory(const std::string& path, double bytes, const std::string& what) {
  const double memory = static_cast<double>(machine_memory());
  if (bytes <= memory / 2) return;
  char text[96];
  std::snprintf(text, sizeof text, " would take %.3g GiB; this machine has %.3g", bytes / 0x1p30, memory / 0x1p30);
  bad_data(path, what + text);
}

std::string load_file(const std::string& path, int64_t limit) {
  InputFile file(path);
  std::string content;
  // One byte more than a plain file has, to see its end; memory is cleared before it is read into, so not much more.
  const auto chunk = static_cast<size_t>(std::clamp<int64_t>(file.size() + 1, 1 << 12, 1 << 22));
  std::optional<LongWork> loading;  // none of pictures, which are many
  if (file.size() >= large_file) loading.emplace("loading " + path, file.size(), Counted::bytes);
  int64_t told = 0;
  while (true) {
    size_t used = content.size();
    content.resize(used + chunk);
    size_t got = file.read_some(content.data() + used, chunk);
    content.resize(used + got);
    if (loading) loading->done(file.offset_on_disk() - std::exchange(told, file.offset_on_disk()));
    if (static_cast<int64_t>(content.size()) > limit)
      bad_data(path, "is longer than " + std::to_string(limit) + " bytes");
    if (got < chunk) return content;
  }
}

}  // namespace dlrun
