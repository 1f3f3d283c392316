// A network of which several processes have parts.

#include "experiment/parted_network.h"

#include <fmt/format.h>

#include <optional>
#include <regex>

#include "base/error.h"
#include "experiment/network_parts.h"
#include "nn/shard.h"
#include "optim/whole_parameters.h"
#include "run/training_state.h"
#include "tasks/plays.h"

namespace dlrun {
namespace {

// The key that asks for parts.
const char* key_of(const Recipe& recipe) {
  if (recipe.hardware.pipeline_parallel_degree > 1) return "hardware.pipeline_parallel_degree";
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

void require_cuts(const Recipe& recipe, const Network& network) {
  const int64_t degree = recipe.hardware.tensor_parallel_degree;
  const Cuts cuts = recipe.architecture->cuts();
  if (cuts.parameters.empty())
    refuse(recipe, fmt::format("a network {} of this recipe's settings is not held in parts; gpt, transformer, vit and "
                               "mlp without norm are",
                               recipe.architecture.type));
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

void require_one_network(const Recipe& recipe, const Network& network, const Module& all) {
  if (all.parameters().size() != network.parameters().size())
    refuse(recipe, fmt::format("the task {} has more that learns or remembers than one network, and only a network is "
                               "held in parts",
                               recipe.task.type));
}

void require_stages(const Recipe& recipe, const Network& network) {
  const int64_t degree = recipe.hardware.pipeline_parallel_degree;
  const std::vector<Module*> blocks = blocks_of(recipe, network);
  if (blocks.empty())
    refuse(recipe,
           fmt::format("a network {} has no layers that follow each other alone; gpt, transformer, vit and mlp have",
                       recipe.architecture.type));
  if (static_cast<int64_t>(blocks.size()) < degree)
    refuse(recipe, fmt::format("the network has {} layers that follow each other, and each process needs one, got {}",
                               blocks.size(), degree));
  for (const Module* block : blocks)
    if (!block->buffers().empty())
      refuse(recipe, fmt::format("{} keeps statistics of its own (batch norm), which other processes would lack",
                                 block->path()));
  if (dynamic_cast<const Plays*>(recipe.task.value.get()))
    refuse(recipe, fmt::format("the task {} asks its network between the steps", recipe.task.type));
  for (const std::string& match : recipe.trainer.gradient_checkpointing) {
    const std::regex expression(match);
    for (const auto& [path, module] : network.modules()) {
      if (!std::regex_search(path, expression)) continue;
      for (const Module* block : blocks)
        if (block != module && block->path().starts_with(module->path().empty() ? "" : module->path() + "."))
          refuse(recipe, fmt::format("trainer.gradient_checkpointing: \"{}\" computes {} again, of which a process has "
                                     "some layers; name the layers or what is in them",
                                     match, module->path().empty() ? "the network" : module->path()));
    }
  }
}

}  // namespace

void require_parts(const Recipe& recipe, const Network& network, const Module& all) {
  const bool cut = recipe.hardware.tensor_parallel_degree > 1, sharded = recipe.hardware.shards_weights();
  const bool staged = recipe.hardware.pipeline_parallel_degree > 1;
  if (!cut && !sharded && !staged) return;
  if (staged && (cut || sharded))
    refuse(recipe,
           fmt::format("a network is held by its layers, or by {}, not both",
                       cut ? "hardware.tensor_parallel_degree" : "hardware.strategy=" + recipe.hardware.strategy));
  if (cut && sharded)
    refuse(recipe, fmt::format("a network is cut by it or sharded by hardware.strategy={}, not both",
                               recipe.hardware.strategy));
  if (cut || staged) require_one_network(recipe, network, all);
  if (cut) require_cuts(recipe, network);
  if (staged) require_stages(recipe, network);
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

PartedNetwork::PartedNetwork(const Recipe& recipe, const WholeNetwork& whole, Group& group)
    : group_(group), channels_last_(whole.channels_last) {
  if (recipe.hardware.pipeline_parallel_degree > 1)
    keep_stage(recipe, whole.network);
  else if (recipe.hardware.tensor_parallel_degree > 1)
    cut(recipe, whole.network);
  else
    shard(recipe, whole.all);
}

// What others have of it is empty here.
void PartedNetwork::keep_stage(const Recipe& recipe, Network& network) {
  const std::vector<Module*> blocks = blocks_of(recipe, network);
  const std::vector<size_t> begins = runs_of(blocks, group_.size());
  stage_ = std::make_unique<PipelineStage>(blocks, begins, group_);
  const size_t begin = begins[static_cast<size_t>(stage_->index())];
  const size_t end = begins[static_cast<size_t>(stage_->index()) + 1];
  for (size_t i = 0; i < blocks.size(); ++i)
    for (const NamedTensor& parameter : blocks[i]->parameters()) {
      sizes_[blocks[i]->path() + "." + parameter.name] = parameter.tensor->sizes().vec();
      if (i >= begin && i < end) {
        own_.insert(blocks[i]->path() + "." + parameter.name);
        continue;
      }
      const bool learns = parameter.tensor->requires_grad();
      *parameter.tensor = at::empty({0}, parameter.tensor->options().requires_grad(false));
      parameter.tensor->set_requires_grad(learns);
    }
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

void PartedNetwork::shard(const Recipe& recipe, Module& all) {
  traffic_ = std::make_unique<WeightTraffic>(group_);
  for (const auto& [module, parameters] : shared_weights(all)) {
    std::vector<ShardedWeight> weights;
    for (const NamedTensor& parameter : parameters) {
      const bool learns = parameter.tensor->requires_grad();
      sizes_[parameter.name] = parameter.tensor->sizes().vec();
      *parameter.tensor = shard_of(parameter.tensor->detach(), group_.rank(), group_.size(), channels_last_);
      parameter.tensor->set_requires_grad(learns);
      weights.push_back({parameter.tensor, sizes_[parameter.name], channels_last_});
    }
    module->pass_in_part(gathered_weights(weights, *traffic_, recipe.hardware.strategy == "zero2"));
  }
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
    if (stage_) {  // One process has all of it.
      const at::Tensor numbers = group_.append(tensor.reshape(-1));
      all.emplace_back(name, keeps ? numbers.view(sizes_.at(parameter)) : tensor);
      continue;
    }
    const at::Tensor parts = group_.append(tensor.contiguous().unsqueeze(0));  // [processes, ...]
    const auto cut = cut_.find(parameter);
    all.emplace_back(name, !keeps              ? tensor
                           : cut == cut_.end() ? unsharded(parts.view(-1), sizes_.at(parameter), channels_last_).clone()
                                               : whole_of(parts.unbind(0), cut->second.dim, cut->second.blocks));
  }
  return all;
}

TensorList PartedNetwork::parts(const TensorList& tensors) const {
  TensorList own;
  for (const auto& [name, tensor] : tensors) {
    const std::string parameter = part_named(name, tensor);
    own.emplace_back(name, parameter.empty() ? tensor : part(parameter, tensor));
  }
  return own;
}

at::Tensor PartedNetwork::part(const std::string& parameter, const at::Tensor& tensor) const {
  if (stage_) return own_.contains(parameter) ? tensor : at::empty({0}, tensor.options());
  const auto cut = cut_.find(parameter);
  if (cut == cut_.end()) return shard_of(tensor, group_.rank(), group_.size(), channels_last_);
  return part_of(tensor, cut->second.dim, cut->second.blocks, group_.rank(), group_.size());
}

}  // namespace dlrun
