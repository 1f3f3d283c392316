// ONNX files: protobuf's wire format, read and written by hand; large weights beside it as external data.

#pragma once

#include <cstdint>
#include <string>

#include "base/files.h"
#include "onnx/model.h"

namespace dlrun {

struct OnnxWriteOptions {
  // Weights go to `<file>.data` when the model would be larger, in bytes (protobuf ends at 2 GiB).
  int64_t external_above = int64_t{2000} << 20;
};

// Writes atomically: after a crash there is the old model, the new one, or, where weights are external, none. The bytes
// are those the official onnx package would write. The model keeps the rules of onnx/check.h. Throws
// UserError(cannot_write or io_error).
void write_onnx(const OnnxModel& model, const std::string& path, const OnnxWriteOptions& options = {});

// Throws UserError: no_input for a missing file, bad_data for one that is truncated, hostile (overlapping, oversized or
// outside external data, duplicate names, cycles) or of a type that is not supported, always with the place. Memory
// stays below ten times the size of the file, external data not counted, or 16 MiB where that is more. Weights are
// mapped where they are aligned: they are read when used, and writing into them changes no file. Not kept: doc strings,
// value_info, model_version and the model's domain. "ai.onnx" is read as the domain "".
OnnxModel read_onnx(const std::string& path);

// The same of bytes at hand. `path` names them in messages, and its folder is where external data are.
OnnxModel read_onnx(const FileBytes& file, const std::string& path);

}  // namespace dlrun
