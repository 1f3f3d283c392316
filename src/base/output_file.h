// The one way a file gets where a person asked for it: whole, or not at all.

#pragma once

#include <memory>
#include <string>

#include "base/files.h"

namespace dlrun {

// As kind() of a place that is to be written: throws UserError(cannot_write) where it cannot be told.
FileKind kind_of_target(const std::string& path);

// What is written goes into a file beside the target, which takes its place in commit(); without commit() the old file
// stays and nothing else is left. Where the path is a link, what it leads to is replaced, never the link. A device, a
// pipe, a socket and a descriptor this process was given (/dev/stdout) are written straight and never replaced.
// Throws UserError as FileSystem does.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  FileWriter& writer() { return *writer_; }
  void commit();

 private:
  std::string target_, written_;  // the same where it is written straight
  std::unique_ptr<FileWriter> writer_;
  bool committed_ = false;
};

}  // namespace dlrun
