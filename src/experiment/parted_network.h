// The network of a recipe, of which each of several processes has a part: large layers cut in two or more
// (hardware.tensor_parallel_degree), runs of its layers (hardware.pipeline_parallel_degree), or runs of every weight's
// numbers (hardware.strategy zero2 and fsdp).

#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dist/group.h"
#include "experiment/recipe.h"
#include "experiment/weight_traffic.h"
#include "nn/cut.h"
#include "nn/module.h"
#include "nn/pipeline_stage.h"
#include "optim/flat_parameters.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// Throws UserError(bad_recipe) where the recipe asks for it and its network cannot be held so, or something beside it
// looks at whole weights. `network` is whole, as the recipe's architecture built it; `all` is what learns.
void require_parts(const Recipe& recipe, const Network& network, const Module& all);

// What every process has before it keeps its part.
struct WholeNetwork {
  Network& network;
  Module& all;                 // what learns
  bool channels_last = false;  // as weights of pictures lie in memory
};

// A network in parts. Cuts it when it is made; every process that has another part makes one.
class PartedNetwork {
 public:
  // As require_parts(). Parameters keep whether they learn, and are to be whole and the same in every process. `group`
  // are those who have the other parts; it must outlive the network.
  PartedNetwork(const Recipe& recipe, const WholeNetwork& whole, Group& group);

  Group& group() const { return group_; }
  // The layers that this process has; null where it has a part of each.
  PipelineStage* stage() const { return stage_.get(); }
  // What travels of weights that are shared out; null where none are.
  WeightTraffic* traffic() const { return traffic_.get(); }
  // The parameters of which this process has a part, by their names in all that learns.
  const WholeSizes& sizes() const { return sizes_; }
  bool has(const std::string& name) const { return sizes_.contains(name); }
  // The tensors of a checkpoint, named as there: with what belongs to those parameters whole, and in parts. whole() is
  // an exchange of the group; where nobody `keeps` what comes, parts stay parts there.
  TensorList whole(const TensorList& tensors, bool keeps = true) const;
  TensorList parts(const TensorList& tensors) const;

 private:
  void cut(const Recipe& recipe, Network& network);
  void shard(const Recipe& recipe, Module& all);
  void keep_stage(const Recipe& recipe, Network& network);
  at::Tensor part(const std::string& parameter, const at::Tensor& tensor) const;
  // The parameter that the tensor of a checkpoint belongs to; empty where that is whole.
  std::string part_named(const std::string& name, const at::Tensor& tensor) const;

  Group& group_;
  bool channels_last_;
  WholeSizes sizes_;
  std::map<std::string, CutParameters> cut_;  // of those that are cut; others are sharded, or of a stage
  std::unique_ptr<PipelineStage> stage_;
  std::unique_ptr<WeightTraffic> traffic_;
  std::set<std::string> own_;  // of those that a stage has: its own
};

}  // namespace dlrun
