// A network of which several processes have parts.

#include "experiment/parted_network.h"

#include <fmt/format.h>

#include <optional>
#include <regex>

#include "base/error.h"
#include "nn/shard.h"
#include "optim/whole_parameters.h"
#include "run/training_state.h"

namespace dlrun {
namespace {

// The key that asks for parts.
const char* key_of(const Recipe& recipe) {
  return recipe.hardware.tensor_parallel_degree > 1 ? "hardware.tensor_parallel_degree" : "hardware.strategy";
}

[[noreturn]] void refuse(const Recipe& recipe, const std::string& why) {
  throw UserError(ExitCode::bad_recipe, fmt::format("{}: {}", key_of(recipe), why));
}

// A parameter that is to be cut.
struct Found {
  std::string name;  // in the network
  at::Tensor* slot;
  const CutParameters* how;
};

// Empty where an expression of `cuts` matches nothing: then a layer lacks the one it makes a pair with.
std::vector<Found> parameters_to_cut(const Network& network, const Cuts& cuts) {
  std::vector<Found> found;
  for (const CutParameters& how : cuts.parameters) {
    const std::regex expression(how.match);
    for (const NamedTensor& parameter : network.parameters())
      if (std::regex_search(parameter.name, expression)) found.push_back({parameter.name, parameter.tensor, &how});
    if (found.empty() || found.back().how != &how) return {};
  }
  return found;
}

std::string module_of(const std::string& parameter) {
  const size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "" : parameter.substr(0, dot);
}

// What looks at more of a weight than single numbers, by its key.
std::optional<std::string> looks_at_whole(const Recipe& recipe, const Network& network) {
  const Regularization& regularization = recipe.regularization;
  if (regularization.max_norm) return "regularization.max_norm";
  if (regularization.spectral_norm) return "regularization.spectral_norm";
  if (regularization.weight_norm) return "regularization.weight_norm";
  if (regularization.gradient_noise) return "regularization.gradient_noise";
  if (regularization.gradient_clipping && regularization.gradient_clipping->type == "agc")
    return "regularization.gradient_clipping.type (agc)";
  if (recipe.optimizer->sam) return "optimizer.sam";
  const Optimizer& optimizer = *recipe.optimizer;
  bool whole = optimizer.evaluates() || dynamic_cast<const WholeParameters*>(&optimizer);
  for (const NamedTensor& parameter : network.parameters())
    for (const Kept& kept : optimizer.keeps(parameter.name, parameter.tensor->sizes()))
      whole = whole || kept.sizes != parameter.tensor->sizes();
  if (whole) return "optimizer.type (" + recipe.optimizer.type + ")";
  return {};
}

void require_cuts(const Recipe& recipe, const Network& network, const Module& all) {
  const int64_t degree = recipe.hardware.tensor_parallel_degree;
  const Cuts cuts = recipe.architecture->cuts();
  if (cuts.parameters.empty())
    refuse(recipe, fmt::format("a network {} of this recipe's settings is not held in parts; gpt, transformer and mlp "
                               "without norm are",
                               recipe.architecture.type));
  if (all.parameters().size() != network.parameters().size())
    refuse(recipe, fmt::format("the task {} has more that learns or remembers than one network, and only a network is "
                               "held in parts",
                               recipe.task.type));
  if (parameters_to_cut(network, cuts).empty())
    refuse(recipe, fmt::format("layers of a network {} are cut in pairs, and here the last of them has no other: give "
                               "it an even number of layers, its head counted",
                               recipe.architecture.type));
  for (const CutParameters& how : cuts.parameters)
    if (how.units % degree != 0)
      refuse(recipe, fmt::format("must divide the {} heads of the network, got {}", how.units, degree));
  for (const auto& [name, slot, how] : parameters_to_cut(network, cuts))
    if (const int64_t size = slot->size(how->dim) / how->blocks; size % degree != 0)
      refuse(recipe, fmt::format("must divide the {} units of {}, got {}", size, name, degree));
}

}  // namespace

void require_parts(const Recipe& recipe, const Network& network, const Module& all) {
  const bool cut = recipe.hardware.tensor_parallel_degree > 1, sharded = recipe.hardware.shards_weights();
  if (!cut && !sharded) return;
  if (cut && sharded)
    refuse(recipe, fmt::format("a network is cut by it or sharded by hardware.strategy={}, not both",
                               recipe.hardware.strategy));
  if (cut) require_cuts(recipe, network, all);
  if (recipe.task->players(const_cast<Module&>(all)).size() > 1)
    refuse(recipe, fmt::format("the task {} has players that learn in turn; ddp and zero1 share its batches",
                               recipe.task.type));
  if (recipe.task->draws())
    refuse(recipe, fmt::format("the task {} draws pictures in one process alone", recipe.task.type));
  if (const auto other = looks_at_whole(recipe, network))
    refuse(recipe,
           fmt::format("{} looks at whole weights, or keeps a number for each, and a process has a part of them; "
                       "leave one of the two out",
                       *other));
  if (recipe.logging.histograms)
    refuse(recipe, "logging.histograms would be of the first process's part alone; leave one of the two out");
}

PartedNetwork::PartedNetwork(const Recipe& recipe, Network& network, Module& all, Group& group) : group_(group) {
  recipe.hardware.tensor_parallel_degree > 1 ? cut(recipe, network) : shard(recipe, all);
}

void PartedNetwork::cut(const Recipe& recipe, Network& network) {
  const Cuts cuts = recipe.architecture->cuts();
  const std::string prefix = network.path().empty() ? "" : network.path() + ".";
  std::map<std::string, CutParameters::Along> modules;
  std::map<std::string, at::Tensor*> slots;
  for (const NamedTensor& parameter : network.parameters()) slots[parameter.name] = parameter.tensor;
  for (const auto& [name, slot, how] : parameters_to_cut(network, cuts)) {
    const bool learns = slot->requires_grad();
    cut_[prefix + name] = *how;
    sizes_[prefix + name] = slot->sizes().vec();
    *slot = part_of(slot->detach(), how->dim, how->blocks, group_.rank(), group_.size());
    slot->set_requires_grad(learns);
    modules[module_of(name)] = how->along;
  }
  for (const auto& [path, module] : network.modules()) {
    if (const auto found = modules.find(path); found != modules.end()) {
      const auto bias = slots.find(path + ".bias");
      module->pass_in_part(part_of_pair(found->second, group_, bias == slots.end() ? nullptr : bias->second));
    }
    if (!cuts.draws.empty() && std::regex_search(path, std::regex(cuts.draws)))
      module->pass_in_part(draws_of_part(group_.rank()));
  }
}

// Norms and biases are few numbers, and other modules may compute with them: they stay whole.
void PartedNetwork::shard(const Recipe& recipe, Module& all) {
  std::map<Module*, std::vector<ShardedWeight>> modules;
  for (const NamedTensor& parameter : all.parameters()) {
    Module* module = all.find(module_of(parameter.name));
    if (parameter.tensor->dim() < 2 || !module || !module->passes() || sizes_.contains(parameter.name)) continue;
    const bool learns = parameter.tensor->requires_grad();
    sizes_[parameter.name] = parameter.tensor->sizes().vec();
    *parameter.tensor = shard_of(parameter.tensor->detach(), group_.rank(), group_.size());
    parameter.tensor->set_requires_grad(learns);
    modules[module].push_back({parameter.tensor, sizes_[parameter.name]});
  }
  for (const auto& [module, weights] : modules)
    module->pass_in_part(gathered_weights(weights, group_, recipe.hardware.strategy == "zero2"));
}

// Names are "model.NAME", "ema.NAME" and "optimizer.STATE.NAME".
std::string PartedNetwork::part_named(const std::string& name, const at::Tensor& tensor) const {
  std::string parameter;
  for (const std::string_view prefix : {kept_model, kept_average, kept_optimizer})
    if (name.starts_with(prefix)) parameter = name.substr(prefix.size());
  if (name.starts_with(kept_optimizer)) parameter = parameter.substr(parameter.find('.') + 1);
  return tensor.dim() > 0 && has(parameter) ? parameter : "";
}

TensorList PartedNetwork::whole(const TensorList& tensors, bool keeps) const {
  TensorList all;
  for (const auto& [name, tensor] : tensors) {
    const std::string parameter = part_named(name, tensor);
    if (parameter.empty()) {
      all.emplace_back(name, tensor);
      continue;
    }
    const at::Tensor parts = group_.append(tensor.contiguous().unsqueeze(0));  // [processes, ...]
    const auto cut = cut_.find(parameter);
    all.emplace_back(name, !keeps              ? tensor
                           : cut == cut_.end() ? unsharded(parts.view(-1), sizes_.at(parameter)).clone()
                                               : whole_of(parts.unbind(0), cut->second.dim, cut->second.blocks));
  }
  return all;
}

TensorList PartedNetwork::parts(const TensorList& tensors) const {
  TensorList own;
  for (const auto& [name, tensor] : tensors) {
    const std::string parameter = part_named(name, tensor);
    const auto cut = cut_.find(parameter);
    own.emplace_back(name, parameter.empty() ? tensor
                           : cut == cut_.end()
                               ? shard_of(tensor, group_.rank(), group_.size())
                               : part_of(tensor, cut->second.dim, cut->second.blocks, group_.rank(), group_.size()));
  }
  return own;
}

}  // namespace dlrun
