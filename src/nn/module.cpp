// The base of every layer and network.

#include "nn/module.h"

#include <c10/core/GradMode.h>

#include <functional>
#include <set>

#include "nn/parametrization.h"
#include "tensor/autocast.h"
#include "tensor/narrow_weights.h"

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

void Module::parametrize(const std::string& name, std::shared_ptr<Parametrization> from) {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].first != name) continue;
    parametrized_.push_back({name, parameters_[i].second, child("parametrizations." + name, std::move(from)), i});
    parametrized_.back().from->set_training(training_);
    parameters_.erase(parameters_.begin() + static_cast<std::ptrdiff_t>(i));
    return forget_parameters();
  }
  TORCH_CHECK(false, "no parameter ", name, " of its own in ", path_);
}

std::vector<Module::Baked> Module::bake() {
  std::vector<Baked> baked;
  for (const auto& [name, module] : children_)
    for (Baked& one : module->bake()) baked.push_back(std::move(one));
  while (!parametrized_.empty()) {
    const Parametrized one = std::move(parametrized_.back());
    parametrized_.pop_back();
    one.from->set_training(false);
    *one.slot = one.from->value().detach();
    one.slot->set_requires_grad(one.from->parameters().front().tensor->requires_grad());
    parameters_.insert(parameters_.begin() + static_cast<std::ptrdiff_t>(one.position), {one.name, one.slot});
    std::erase_if(children_, [&](const auto& entry) { return entry.second == one.from; });
    baked.push_back({this, one.name, one.from});
  }
  return baked;
}

void Module::recompute() {
  recomputed_.emplace();
  for (const NamedTensor& entry : buffers()) recomputed_->push_back(entry.tensor);
}

bool Module::recomputes() const {
  return recomputed_ && training_ && c10::GradMode::is_enabled() && !Recomputation::active();
}

void Module::place_parameters() {
  for (const Parametrized& one : parametrized_) *one.slot = one.from->value();
}

void Module::forget_parameters() {
  for (const Parametrized& one : parametrized_) one.slot->reset();
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
bool autocasts(at::ScalarType precision, const at::Tensor& input) {
  return precision != at::kFloat && !input.device().is_meta();
}

at::Tensor widened(const at::Tensor& answer) {
  const at::ScalarType type = answer.scalar_type();
  return type == at::kBFloat16 || type == at::kHalf ? answer.to(at::kFloat) : answer;
}

at::Tensor narrowed(const at::Tensor& input, at::ScalarType type) {
  return input.is_floating_point() ? input.to(type) : input;
}

Batch with_each(Batch batch, const std::function<at::Tensor(const at::Tensor&)>& change) {
  for (const Batch::Item& item : std::vector(batch.items())) batch.set(item.name, change(item.value), item.rows);
  return batch;
}

}  // namespace

void Network::set_precision(at::ScalarType type, Narrow narrow) {
  precision_ = type;
  narrow_slots_.clear();
  if (type == at::kFloat || narrow == Narrow::operators) return;
  std::set<std::string> wide;  // modules with statistics
  const auto module_of = [](const std::string& name) { return name.substr(0, name.rfind('.') + 1); };
  for (const NamedTensor& buffer : buffers()) wide.insert(module_of(buffer.name));
  for (const NamedTensor& parameter : parameters())
    if (!wide.contains(module_of(parameter.name))) narrow_slots_.push_back(parameter.tensor);
}

Batch Network::compute_narrow(const Batch& batch) {
  const at::Tensor& first = batch.items().front().value;
  if (!narrow_slots_.empty()) {
    const NarrowWeights weights(narrow_slots_, precision_);
    if (!weights.outermost()) return compute(batch);
    return with_each(compute(with_each(batch, [&](const at::Tensor& one) { return narrowed(one, precision_); })),
                     widened);
  }
  if (!autocasts(precision_, first)) return compute(batch);
  const Autocast autocast(precision_, first.device().type());
  Batch answer = compute(batch);
  return autocast.outermost() ? with_each(answer, widened) : answer;
}

at::Tensor SimpleNetwork::compute_narrow(const at::Tensor& input) {
  if (!narrow_slots().empty()) {
    const NarrowWeights weights(narrow_slots(), precision_);
    return weights.outermost() ? widened(compute(narrowed(input, precision_))) : compute(input);
  }
  if (!autocasts(precision_, input)) return compute(input);
  const Autocast autocast(precision_, input.device().type());
  return autocast.outermost() ? widened(compute(input)) : compute(input);
}

}  // namespace dlrun
