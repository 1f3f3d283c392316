// TensorBoard's event files: frames of TFRecord, in each an Event message.
//
// tensorflow/core/lib/io/record_writer.h and tensorboard/compat/proto/event.proto say how they look.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "onnx/wire.h"

namespace dlrun {

// CRC-32C (Castagnoli), as TFRecord has it: turned by 15 bits and shifted, so that sums of sums do not collide.
uint32_t masked_crc32c(std::string_view bytes);

// One file, used by one thread. Every event is in the file when its call returns, so that readers can follow.
class EventFile {
 public:
  // Creates it with its first event, the version of the format. Throws UserError(cannot_write).
  EventFile(const std::string& path, double wall_time);
  // A message Summary (report/event_summary.h).
  void summary(double wall_time, int64_t step, WireWriter&& summary);
  // Says that a training goes on before `step`: readers drop what earlier files have of that step and later ones.
  void goes_on(double wall_time, int64_t step);

 private:
  void event(double wall_time, int64_t step, uint32_t field, WireWriter&& content);
  void frame(const std::string& bytes);
  std::unique_ptr<FileWriter> file_;
};

}  // namespace dlrun
