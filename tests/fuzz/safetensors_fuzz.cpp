// libFuzzer's entry to the target `safetensors`.

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dlrun::fuzz::safetensors({data, size});
  return 0;
}
