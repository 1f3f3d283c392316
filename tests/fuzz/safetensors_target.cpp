// Safetensors files.

#include "run/safetensors.h"
#include "targets.h"

namespace dlrun::fuzz {

bool safetensors(Bytes bytes) {
  const FileBytes file = file_of(bytes);
  return only_bad_data([&] { touch(read_safetensors("fuzz", file).tensors); });
}

}  // namespace dlrun::fuzz
