// libFuzzer's entry to the target `torch_file`.

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dlrun::fuzz::torch_file({data, size});
  return 0;
}
