// Fuzzes the reader of indices of safetensors files. What is read must come back the same from its own text.

#include "bytes.h"
#include "run/weights_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dlrun;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  return fuzz::only_bad_data([&] {
    const WeightsIndex index = parse_weights_index("fuzz", text);
    const WeightsIndex again = parse_weights_index("again", weights_index_text(index, 0));
    if (again.files != index.files || again.tensors != index.tensors) std::abort();
    for (const std::string& name : index.files)
      if (name.empty() || name == ".." || name.find('/') != std::string::npos) std::abort();
  });
}
