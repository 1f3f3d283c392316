// Weights & Biases' run files, as its offline mode writes them: LevelDB's log with another sum, and in it messages
// Record.
//
// The log: github.com/google/leveldb/blob/main/doc/log_format.md. The messages: wandb_internal.proto of the wandb
// package; tests/golden/wandb_file.py writes the same by that package.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "onnx/wire.h"

namespace dlrun {

// One file, used by one thread. A record is written by one call, so that a process that is killed leaves it whole or
// not at all.
class WandbFile {
 public:
  // Creates it, over an earlier one, with its first record, the version of the format. Throws UserError(cannot_write).
  explicit WandbFile(const std::string& path);
  // A Record with `content` as its field of that number; records are counted.
  void record(uint32_t field, WireWriter&& content);

 private:
  void log(std::string_view bytes);
  std::unique_ptr<FileWriter> file_;
  uint64_t position_ = 0;
  int64_t count_ = 0;
};

}  // namespace dlrun
