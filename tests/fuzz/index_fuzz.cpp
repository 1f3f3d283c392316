// libFuzzer's entry to the target `index`.

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dlrun::fuzz::index({data, size});
  return 0;
}
