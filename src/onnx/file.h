// ONNX files: protobuf's wire format, read and written by hand; large weights beside it as external data.

#pragma once

#include <cstdint>
#include <string>

#include "onnx/model.h"

namespace dlrun {

struct OnnxWriteOptions {
  // Weights go to `<file>.data` when the model would be larger (protobuf ends at 2 GiB).
  int64_t external_above = int64_t{2000} << 20;
};

// Writes atomically. Throws UserError(cannot_write or io_error).
void write_onnx(const OnnxModel& model, const std::string& path, const OnnxWriteOptions& options = {});

// Throws UserError: no_input for a missing file, bad_data for one that is truncated, hostile (overlapping, oversized or
// outside external data, duplicate names, cycles) or of a type that is not supported, always with the place. Memory
// stays below ten times the file's size.
OnnxModel read_onnx(const std::string& path);

}  // namespace dlrun
