// libFuzzer's entry to the target `onnx`.

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dlrun::fuzz::onnx({data, size});
  return 0;
}
