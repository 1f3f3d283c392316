// What of a network several processes can have apart.

#include "experiment/network_parts.h"

#include <regex>
#include <set>

#include "nn/pipeline_stage.h"

namespace dlrun {

std::string module_of(const std::string& parameter) {
  const size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "" : parameter.substr(0, dot);
}

std::vector<Module*> blocks_of(const Recipe& recipe, const Network& network) {
  std::vector<Module*> blocks;
  const std::string match = recipe.architecture->blocks();
  if (match.empty()) return blocks;
  const std::regex expression(match);
  for (const auto& [path, module] : network.modules())
    if (std::regex_search(path, expression)) blocks.push_back(module);
  return blocks;
}

std::vector<size_t> runs_of(const std::vector<Module*>& blocks, int64_t stages) {
  std::vector<int64_t> sizes;
  for (const Module* block : blocks) {
    int64_t numbers = 1;  // Of equal ones without parameters each has its share.
    for (const NamedTensor& parameter : block->parameters()) numbers += parameter.tensor->numel();
    sizes.push_back(numbers);
  }
  return even_runs(sizes, static_cast<size_t>(stages));
}

std::vector<std::vector<std::string>> layers_of_stages(const Recipe& recipe, const Network& network, int64_t stages) {
  const std::vector<Module*> blocks = blocks_of(recipe, network);
  if (static_cast<int64_t>(blocks.size()) < stages) return {};
  const std::vector<size_t> begins = runs_of(blocks, stages);
  std::vector<std::vector<std::string>> layers(static_cast<size_t>(stages));
  for (size_t stage = 0; stage < layers.size(); ++stage)
    for (size_t i = begins[stage]; i < begins[stage + 1]; ++i) layers[stage].push_back(blocks[i]->path());
  return layers;
}

std::map<Module*, std::vector<NamedTensor>> shared_weights(const Module& all) {
  std::map<Module*, std::vector<NamedTensor>> modules;
  std::set<const at::Tensor*> seen;
  for (const NamedTensor& parameter : all.parameters()) {
    Module* module = all.find(module_of(parameter.name));
    if (parameter.tensor->dim() < 2 || !module || !module->passes() || !seen.insert(parameter.tensor).second) continue;
    modules[module].push_back(parameter);
  }
  return modules;
}

}  // namespace dlrun
