// Which layer of its network a parameter is in.

#include "optim/layers.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace dlrun {
namespace {

// "3"; of a module "encoder_layer_3" too.
bool is_numbered(std::string_view part, bool module) {
  const size_t digits = part.find_last_not_of("0123456789") + 1;
  return digits < part.size() && (digits == 0 || (module && part[digits - 1] == '_'));
}

// "encoder.blocks.3.mlp.weight" -> "encoder.blocks.3"; "stem.weight" -> "stem"; "scale" -> "".
std::string stem_of(const std::string& name) {
  for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = name.find('.', begin);
    if (is_numbered(std::string_view(name).substr(begin, end - begin), end != std::string::npos))
      return name.substr(0, end);
  }
  const size_t last = name.rfind('.');
  return last == std::string::npos ? "" : name.substr(0, last);
}

// Whether the module of this stem holds another of them: "encoder" of "encoder.blocks.3".
bool holds_layers(const std::string& stem, const std::map<std::string, bool>& stems) {
  const std::string start = stem.empty() ? "" : stem + ".";
  const auto next = stem.empty() ? stems.upper_bound("") : stems.lower_bound(start);
  return next != stems.end() && next->first.starts_with(start);
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
    if (has_weight[stem] && !holds_layers(stem, has_weight)) known.try_emplace(stem, count);
    const auto found = known.find(stem);
    layers.push_back(found != known.end() ? found->second : std::max<int64_t>(0, count - 1));
  }
  return layers;
}

}  // namespace dlrun
