// Fuzzes the reader of safetensors files.

#include "bytes.h"
#include "run/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dlrun;
  const FileBytes file = fuzz::file_of(data, size);
  return fuzz::only_bad_data([&] { fuzz::touch(read_safetensors("fuzz", file).tensors); });
}
