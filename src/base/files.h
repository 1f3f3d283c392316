// Files and folders: the one place through which everything a run keeps is written, so that tests can inject faults.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

// A file being written, in order. What is not followed by sync() may be lost in a crash. Errors throw
// UserError(io_error) with the path, the cause and, on a full disk, the bytes needed and free.
class FileWriter {
 public:
  virtual ~FileWriter() = default;                           // closes
  virtual void write(std::span<const std::byte> bytes) = 0;  // all of them, or it throws
  virtual void sync() = 0;                                   // content and size are on the device
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
};

// A whole file as memory. Writing into it changes the private copy, never the file.
struct FileBytes {
  std::shared_ptr<void> owner;
  std::span<std::byte> bytes;
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

enum class FileKind { none, file, folder, other };
// exclusive: as truncate, but refused with cannot_write while another process writes the file so.
enum class WriteMode { truncate, append, exclusive };

// Throws UserError: cannot_write where something cannot be created, no_input where something to be read is missing or
// unreadable, io_error where reading or writing failed half way. What is read is a regular file: a folder, a pipe or a
// device is refused at once, and nothing is ever waited for. Paths that name a descriptor this process was given
// (/dev/stdin, /dev/stdout, /dev/fd/N) mean that descriptor. May be called from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  static FileSystem& instance();
  static void replace(FileSystem* other);  // for tests; null brings back the real one

  virtual std::unique_ptr<FileWriter> open_for_writing(const std::string& path, WriteMode mode) = 0;
  virtual void sync_folder(const std::string& path) = 0;  // makes its entries durable
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;                   // a file or an empty folder; missing is fine
  virtual void create_folder(const std::string& path) = 0;            // its parent exists; existing is fine
  virtual void truncate(const std::string& path, uint64_t size) = 0;  // and syncs

  virtual FileBytes map(const std::string& path) = 0;
  // Gives a file in pieces of at most 1 MiB, so that a large one takes no memory: whole, or its first `most` bytes. Of
  // a descriptor that was given it may be any stream, up to its end.
  virtual void read(const std::string& path, const std::function<void(std::span<const std::byte>)>& take,
                    uint64_t most = UINT64_MAX) = 0;
  virtual std::vector<std::string> list(const std::string& folder) = 0;  // names, sorted
  virtual FileKind kind(const std::string& path) = 0;  // throws where it cannot be told: a closed folder, a link loop
  virtual bool is_link(const std::string& path) = 0;   // kind() tells what it points to
  virtual uint64_t size(const std::string& path) = 0;
  virtual uint64_t free_space(const std::string& folder) = 0;    // bytes this user may still write
  virtual std::string link_target(const std::string& path) = 0;  // where links lead in the end; else the path itself

  // With its parents; each new entry is made durable.
  void create_folders(const std::string& path);
  void remove_all(const std::string& path);  // of a link the link alone
  bool exists(const std::string& path) { return kind(path) != FileKind::none; }
};

// Whether a path names a descriptor that this process was given: /dev/stdin, /dev/fd/63.
bool is_descriptor_path(const std::string& path);

// The folder a path lies in: "a/b" -> "a", "a" -> ".".
std::string parent_folder(const std::string& path);

std::string read_beginning(const std::string& path, uint64_t most);  // the first `most` bytes; fewer where it ends
// A whole text. Throws UserError(bad_data) when it is longer than `most` bytes.
std::string read_text(const std::string& path, uint64_t most = uint64_t{1} << 30);
std::string file_hash(const std::string& path);  // what Hasher says of its bytes
// Readers see the old text or the new one, after a crash too; see OutputFile.
void write_text_atomically(const std::string& path, std::string_view text);
// Throws UserError(io_error) when fewer than `bytes` are free where `folder` is, or will be.
void require_space(const std::string& folder, uint64_t bytes);

// An exclusive lock between processes, held until destruction. The file stays behind.
class FileLock {
 public:
  explicit FileLock(const std::string& path);  // throws UserError(cannot_write) when it cannot be created
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return held_; }
  const std::string& holder() const { return holder_; }  // what the other process left in the file: its pid

 private:
  int descriptor_ = -1;
  bool held_ = false;
  std::string holder_;
};

}  // namespace dlrun
