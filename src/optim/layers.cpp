// Which layer of its network a parameter is in.

#include "optim/layers.h"

#include <algorithm>
#include <map>
#include <string>

namespace dlrun {
namespace {

// "encoder.blocks.3.mlp.weight" -> "encoder.blocks.3"; "stem.weight" -> "stem"; "scale" -> "".
std::string stem_of(const std::string& name) {
  for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = name.find('.', begin);
    const std::string part = name.substr(begin, end - begin);
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos) return name.substr(0, end);
  }
  const size_t last = name.rfind('.');
  return last == std::string::npos ? "" : name.substr(0, last);
}

}  // namespace

std::vector<int64_t> layers_of(const std::vector<NamedTensor>& parameters) {
  std::map<std::string, bool> has_weight;
  for (const NamedTensor& parameter : parameters) has_weight[stem_of(parameter.name)] |= parameter.tensor->dim() > 1;
  std::map<std::string, int64_t> known;
  std::vector<int64_t> layers;
  for (const NamedTensor& parameter : parameters) {
    const std::string stem = stem_of(parameter.name);
    const auto count = static_cast<int64_t>(known.size());
    if (has_weight[stem]) known.try_emplace(stem, count);
    const auto found = known.find(stem);
    layers.push_back(found != known.end() ? found->second : std::max<int64_t>(0, count - 1));
  }
  return layers;
}

}  // namespace dlrun
