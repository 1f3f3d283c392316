// libFuzzer's entry to the target `evaluator`, with a mutator that knows what a model is: bytes changed at random
// rarely give one that runs.

#include <cstring>

#include "model_mutator.h"
#include "targets.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  if (seed % 8 != 0) {
    const std::string text = dlrun::fuzz::mutated_model({data, size}, seed);
    if (!text.empty() && text.size() <= most) {
      std::memcpy(data, text.data(), text.size());
      return text.size();
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dlrun::fuzz::evaluator({data, size});
  return 0;
}
