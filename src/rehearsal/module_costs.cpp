// What the modules of a network cost.

#include "rehearsal/module_costs.h"

#include <algorithm>

#include "tensor/operations.h"

namespace dlrun {

ModuleCosts::ModuleCosts(const Module& network, int64_t rows) : rows_(rows) {
  for (const auto& [path, module] : network.modules()) add(path);
  add(outside_of_modules);
  for (const NamedTensor& parameter : network.parameters()) {
    const size_t dot = parameter.name.rfind('.');
    ModuleCost& owner = at(dot == std::string::npos ? "" : parameter.name.substr(0, dot));
    owner.parameters += parameter.tensor->numel();
    if (parameter.tensor->requires_grad()) owner.trainable += parameter.tensor->numel();
  }
}

void ModuleCosts::see(const TappedCall& call) {
  ModuleCost& module = at(call.module);
  const int64_t count = operations(call);
  if (call.backward) {
    module.backward += count;
    return;
  }
  module.forward += count;
  const std::vector<at::Tensor> outputs = call.outputs();
  if (outputs.empty() || !outputs[0].defined()) return;
  const std::vector<at::Tensor> inputs = call.inputs();
  const bool moves = !inputs.empty() && outputs[0].is_alias_of(inputs[0]) && !outputs[0].is_same(inputs[0]);
  // The main operator has the most operations, or else gives the most numbers.
  const std::pair<int64_t, int64_t> size = {count, outputs[0].numel()};
  std::pair<int64_t, int64_t>& most = most_[module.path];
  if (!moves && (module.op.empty() || size > most)) {
    module.op = call.name().substr(call.name().find("::") + 2);
    most = size;
  }
  note_shape(module.path, outputs[0]);
}

void ModuleCosts::keep(const std::map<std::string, int64_t>& bytes) {
  for (const auto& [path, count] : bytes)
    if (path != held_by_step) at(path).kept = std::max(at(path).kept, count);
}

std::vector<ModuleCost> ModuleCosts::take(int64_t passes) {
  for (ModuleCost& module : costs_) {
    module.forward *= passes;
    module.backward *= passes;
  }
  return std::move(costs_);
}

void ModuleCosts::add(const std::string& path) {
  index_[path] = costs_.size();
  costs_.push_back({path, "", {}});
}

ModuleCost& ModuleCosts::at(const std::string& path) {
  const auto found = index_.find(path);
  return costs_[found == index_.end() ? index_.at("") : found->second];
}

// What a module gives is what was made last in it or in a module inside.
void ModuleCosts::note_shape(const std::string& path, const at::Tensor& output) {
  std::vector<int64_t> shape = output.sizes().vec();
  if (!shape.empty() && shape[0] == rows_) shape[0] = -1;
  for (std::string part = path;; part = part.substr(0, part.rfind('.'))) {
    at(part).shape = shape;
    if (part.find('.') == std::string::npos) break;
  }
  if (path != outside_of_modules) at("").shape = shape;
}

}  // namespace dlrun
