// The random streams a run draws from.

#include "tensor/random_streams.h"

#include <mutex>
#include <utility>

namespace dlrun {

RandomStreams::RandomStreams(const at::Device& device) {
  streams_.emplace_back("random.cpu", at::globalContext().defaultGenerator(at::kCPU));
  if (!device.is_cpu())
    streams_.emplace_back("random." + c10::DeviceTypeName(device.type(), /*lower_case=*/true),
                          at::globalContext().defaultGenerator(device));
}

void RandomStreams::seed(uint64_t seed) {
  for (auto& [name, generator] : streams_) {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  }
}

TensorList RandomStreams::take() const {
  TensorList states;
  for (const auto& [name, stream] : streams_) {
    at::Generator generator = stream;
    const std::lock_guard<std::mutex> lock(generator.mutex());
    states.emplace_back(name, generator.get_state());
  }
  return states;
}

RandomStreams RandomStreams::copy() const {
  std::vector<std::pair<std::string, at::Generator>> copies;
  for (const auto& [name, stream] : streams_) {
    at::Generator generator = stream;
    const std::lock_guard<std::mutex> lock(generator.mutex());
    copies.emplace_back(name, generator.clone());
  }
  return RandomStreams(std::move(copies));
}

void RandomStreams::restore(const TensorList& saved) const {
  for (const auto& [name, stream] : streams_) {
    for (const auto& [key, state] : saved) {
      if (key != name) continue;
      at::Generator generator = stream;
      const std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_state(state.clone());  // A file that is mapped may not be aligned.
    }
  }
}

}  // namespace dlrun
