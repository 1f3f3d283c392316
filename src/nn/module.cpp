// The base of every layer and network.

#include "nn/module.h"

#include <optional>

#include "tensor/autocast.h"

namespace dlrun {

void Module::parameter(const std::string& name, at::Tensor& slot, at::Tensor initial) {
  slot = std::move(initial);
  slot.set_requires_grad(true);
  parameters_.emplace_back(name, &slot);
}

void Module::buffer(const std::string& name, at::Tensor& slot, at::Tensor initial) {
  slot = std::move(initial);
  buffers_.emplace_back(name, &slot);
}

void Module::move_to(const std::string& path) {
  path_ = path;
  for (const auto& [name, module] : children_) module->move_to(path + "." + name);
}

void Module::collect(const std::string& prefix, std::vector<NamedTensor>* parameters, std::vector<NamedTensor>* buffers,
                     std::vector<std::pair<std::string, Module*>>* modules) const {
  const std::string dot = prefix.empty() ? "" : prefix + ".";
  if (modules) modules->emplace_back(prefix, const_cast<Module*>(this));
  if (parameters)
    for (const auto& [name, slot] : parameters_) parameters->push_back({dot + name, slot});
  if (buffers)
    for (const auto& [name, slot] : buffers_) buffers->push_back({dot + name, slot});
  for (const auto& [name, module] : children_) module->collect(dot + name, parameters, buffers, modules);
}

std::vector<NamedTensor> Module::parameters() const {
  std::vector<NamedTensor> found;
  collect("", &found, nullptr, nullptr);
  return found;
}

std::vector<NamedTensor> Module::buffers() const {
  std::vector<NamedTensor> found;
  collect("", nullptr, &found, nullptr);
  return found;
}

std::vector<NamedTensor> Module::state() const {
  std::vector<NamedTensor> found;
  collect("", &found, &found, nullptr);
  return found;
}

std::vector<std::pair<std::string, Module*>> Module::modules() const {
  std::vector<std::pair<std::string, Module*>> found;
  collect("", nullptr, nullptr, &found);
  return found;
}

Module* Module::find(const std::string& name) const {
  for (const auto& [path, module] : modules())
    if (path == name) return module;
  return nullptr;
}

void Module::set_training(bool on) {
  training_ = on;
  for (const auto& [name, module] : children_) module->set_training(on);
}

void Module::to(const at::Device& device) {
  for (const NamedTensor& entry : parameters()) {
    const bool learns = entry.tensor->requires_grad();  // false: frozen
    *entry.tensor = entry.tensor->detach().to(device);
    entry.tensor->set_requires_grad(learns);
  }
  for (const NamedTensor& entry : buffers()) *entry.tensor = entry.tensor->to(device);
}

at::Device Module::device() const {
  const std::vector<NamedTensor> all = parameters();
  return all.empty() ? at::Device(at::kCPU) : all.front().tensor->device();
}

namespace {

// Shapes are looked at in float: a rehearsal converts for itself.
bool narrow(at::ScalarType precision, const at::Tensor& input) {
  return precision != at::kFloat && !input.device().is_meta();
}

at::Tensor widened(const at::Tensor& answer) {
  const at::ScalarType type = answer.scalar_type();
  return type == at::kBFloat16 || type == at::kHalf ? answer.to(at::kFloat) : answer;
}

}  // namespace

Batch Network::forward(const Batch& batch) {
  const Scope scope(path());
  if (!narrow(precision_, batch.items().front().value)) return compute(batch);
  const Autocast autocast(precision_, batch.items().front().value.device().type());
  Batch answer = compute(batch);
  if (autocast.outermost())
    for (const Batch::Item& item : std::vector(answer.items())) answer.set(item.name, widened(item.value));
  return answer;
}

at::Tensor SimpleNetwork::forward(const at::Tensor& input) {
  const Scope scope(path());
  if (!narrow(precision_, input)) return compute(input);
  const Autocast autocast(precision_, input.device().type());
  return autocast.outermost() ? widened(compute(input)) : compute(input);
}

}  // namespace dlrun
