// Reading data files, plain or gzip, with errors that name the file, the place and the rule.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"

namespace dlrun {

[[noreturn]] void bad_data(const std::string& path, const std::string& message);  // "PATH: message", exit code 65
[[noreturn]] void no_input(const std::string& path, const std::string& message);  // the same, 66

// A file read from front to back; gzip is recognised by its first bytes and unpacked.
class InputFile {
 public:
  // "-" is standard input. Throws UserError(no_input) when the file is missing, unreadable, or neither a regular file
  // nor a stream that this process was given.
  explicit InputFile(const std::string& path);
  // Exactly `size` bytes. Throws UserError(bad_data) when the file ends before or its gzip data is damaged; `what`
  // names what was being read.
  void read(void* to, size_t size, const char* what);
  // As many of `size` bytes as are left.
  size_t read_some(void* to, size_t size);
  // Throws UserError(bad_data) unless every byte was read; checks the sum at the end of gzip data.
  void expect_end();
  // The most bytes the file can hold once unpacked: what a header promises beyond it is a lie.
  int64_t capacity() const { return capacity_; }
  int64_t size() const { return size_; }  // on disk
  int64_t offset() const { return offset_; }
  int64_t offset_on_disk() const;  // the same of gzip data: packed bytes that were read
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int64_t size_ = 0, capacity_ = 0, offset_ = 0;
  bool compressed_ = false;
  std::shared_ptr<void> file_;
};

// Throws UserError(bad_data) when `bytes` are more than half of machine_memory(): what a header promises must not bring
// us down. `what` names what would take them.
void require_memory(const std::string& path, double bytes, const std::string& what);

// The whole file; of a large one a terminal says how far it is. Throws UserError as above, and bad_data when it is
// longer than `limit` bytes once unpacked.
std::string load_file(const std::string& path, int64_t limit = int64_t{8} << 30);

}  // namespace dlrun
