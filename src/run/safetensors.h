// Safetensors files: named tensors and a map of strings. https://huggingface.co/docs/safetensors
//
// Layout: header length (8 bytes, little endian), header (JSON, padded by spaces to 8 bytes), data without gaps.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "tensor/named_tensor.h"

namespace dlrun {

struct Safetensors {
  TensorList tensors;  // in the order of the data
  std::map<std::string, std::string> metadata;
};

struct WrittenFile {
  uint64_t size = 0;
  std::string hash;  // XXH3-128 of the whole file, hex
};

// Writes and syncs the file: for folders that are committed as a whole. The bytes depend on names, values and
// metadata only, and equal what the Python library writes (sorted by type, widest first, then by name). Tensors of any
// device and layout; they are written contiguously. Names are unique. Throws UserError as FileSystem does.
WrittenFile write_safetensors(const std::string& path, const TensorList& tensors,
                              const std::map<std::string, std::string>& metadata = {});
WrittenFile write_safetensors(FileWriter& file, const TensorList& tensors,
                              const std::map<std::string, std::string>& metadata = {});
// The same, as an OutputFile: readers see the old file or the new one, and a device or pipe is written to.
WrittenFile save_safetensors(const std::string& path, const TensorList& tensors,
                             const std::map<std::string, std::string>& metadata = {});

// CPU tensors over the mapped file: nothing is read before it is used, and writing into them changes no file. Throws
// UserError(no_input) when it cannot be read and UserError(bad_data), saying what is wrong, when it is not a complete,
// valid file.
Safetensors read_safetensors(const std::string& path);
Safetensors read_safetensors(const std::string& path, const FileBytes& file);  // of a file with these bytes

struct TensorInfo {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // bytes, from the start of the data
};
struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  // in the order of the data
  std::map<std::string, std::string> metadata;
  uint64_t data_start = 0;
};
// The header of a file with these bytes. `path` is for messages only.
SafetensorsHeader parse_safetensors(const std::string& path, std::string_view bytes);

}  // namespace dlrun
