// Weights to start from.

#include "experiment/pretrained.h"

#include <regex>

#include "base/error.h"
#include "run/safetensors.h"
#include "run/weights.h"

namespace dlrun {

void load_pretrained(Network& network, const Architecture& architecture) {
  if (architecture.pretrained.empty()) return;
  const Safetensors file = read_safetensors(architecture.pretrained);
  const auto ignored = [&](const std::string& name) {
    for (const std::string& expression : architecture.pretrained_ignore)
      if (std::regex_search(name, std::regex(expression))) return true;
    return false;
  };
  std::vector<NamedTensor> slots;
  for (const NamedTensor& slot : network.parameters())
    if (!ignored(slot.name)) slots.push_back(slot);
  for (const NamedTensor& slot : network.buffers())
    if (!ignored(slot.name)) slots.push_back(slot);
  TensorList tensors;
  for (const auto& [name, tensor] : file.tensors)
    if (!ignored(name)) tensors.emplace_back(name, tensor);
  load_weights(slots, tensors, architecture.pretrained + " (architecture.pretrained)");
}

}  // namespace dlrun
