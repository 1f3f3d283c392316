// All parameters of one player in a few flat buffers.

#include "optim/flat_parameters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include "base/error.h"

namespace dlrun {
namespace {

constexpr int64_t kAlignment = 16;  // floats: a cache line, so that vector loads never straddle two parameters

int64_t padded(int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; }

// A view of `count` numbers of `flat` with the parameter's shape and memory order.
at::Tensor view_like(const at::Tensor& flat, int64_t offset, const at::Tensor& parameter, bool channels_last) {
  at::Tensor piece = flat.narrow(0, offset, parameter.numel());
  if (!channels_last || parameter.dim() != 4) return piece.view(parameter.sizes());
  return piece.view({parameter.size(0), parameter.size(2), parameter.size(3), parameter.size(1)}).permute({0, 3, 1, 2});
}

// A sum is finite when all of its terms are, unless it overflows: only then is each of them looked at.
bool all_finite(const at::Tensor& numbers) {
  return std::isfinite(numbers.sum().item<double>()) || at::isfinite(numbers).all().item<bool>();
}

}  // namespace

FlatParameters::FlatParameters(std::vector<ParameterSlot> slots, const Optimizer& optimizer, bool channels_last)
    : optimizer_(optimizer) {
  std::vector<std::regex> expressions;
  for (size_t i = 0; i < optimizer.groups.size(); ++i) expressions.emplace_back(optimizer.groups[i].match);

  // Parameters with the same treatment share a group; the order of groups is fixed by their settings.
  using Treatment = std::tuple<double, double, bool, std::optional<double>, std::optional<double>>;
  std::map<Treatment, std::vector<ParameterSlot>> by_treatment;
  std::set<const void*> seen;
  for (const ParameterSlot& slot : slots) {
    if (!seen.insert(slot.tensor).second) continue;
    const bool decayed = slot.tensor->dim() > 1 || optimizer.decay_norm_and_bias;
    double lr_scale = 1.0;
    double weight_decay = decayed ? optimizer.weight_decay : 0.0;
    std::optional<double> l1, l2;
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (!std::regex_search(slot.name, expressions[i])) continue;
      lr_scale = optimizer.groups[i].lr_scale;
      weight_decay = optimizer.groups[i].weight_decay.value_or(weight_decay);
      l1 = optimizer.groups[i].l1;
      l2 = optimizer.groups[i].l2;
      break;
    }
    by_treatment[{lr_scale, weight_decay, decayed, l1, l2}].push_back(slot);
  }
  for (const auto& [treatment, members] : by_treatment) {
    Group group;
    std::tie(group.lr_scale, group.weight_decay, group.penalised, group.l1, group.l2) = treatment;
    flatten(group, members, channels_last);
    groups_.push_back(std::move(group));
  }
}

void require_matches(const Optimizer& optimizer, const std::vector<std::string>& names) {
  for (size_t i = 0; i < optimizer.groups.size(); ++i) {
    const std::string& match = optimizer.groups[i].match;
    const std::regex expression(match);
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& n) { return std::regex_search(n, expression); }))
      throw UserError(ExitCode::bad_recipe,
                      "optimizer.groups." + std::to_string(i) + ".match: \"" + match + "\" matches no parameter");
  }
}

void FlatParameters::flatten(Group& group, const std::vector<ParameterSlot>& slots, bool channels_last) {
  int64_t total = 0;
  for (const ParameterSlot& slot : slots) {
    group.offsets.push_back(total);
    total += padded(slot.tensor->numel());
    count_ += slot.tensor->numel();
  }
  const at::TensorOptions options = slots.front().tensor->options().requires_grad(false);
  group.parameters = at::zeros({total}, options);
  group.gradients = at::zeros({total}, options);
  // It has a value even where the parameters have none (`meta`): optimizers look at it.
  group.step = at::zeros({}, options.device().is_meta() ? options.device(at::kCPU) : options);
  for (size_t i = 0; i < optimizer_.state_names().size(); ++i) group.state.push_back(at::zeros({total}, options));
  for (size_t i = 0; i < slots.size(); ++i) {
    at::Tensor view = view_like(group.parameters, group.offsets[i], *slots[i].tensor, channels_last);
    view.copy_(slots[i].tensor->detach());
    group.views.emplace_back(slots[i].name, view);
    // A detached alias becomes the parameter, so that autograd sees a leaf and not a view of the buffer.
    at::Tensor leaf = view.detach();
    leaf.set_requires_grad(group.lr_scale > 0);
    if (group.lr_scale > 0)
      leaf.mutable_grad() = view_like(group.gradients, group.offsets[i], *slots[i].tensor, channels_last);
    *slots[i].tensor = leaf;
    group.slots.push_back(slots[i].tensor);
  }
}

void FlatParameters::set_learning(bool on) {
  for (Group& group : groups_)
    for (at::Tensor* slot : group.slots) slot->set_requires_grad(on && group.lr_scale > 0);
}

void FlatParameters::zero_gradients() {
  for (Group& group : groups_) group.gradients.zero_();
}

double FlatParameters::gradient_norm() const {
  double sum = 0.0;
  for (const Group& group : groups_) {
    const double norm = at::linalg_vector_norm(group.gradients).item<double>();
    sum += norm * norm;
  }
  return std::sqrt(sum);
}

bool FlatParameters::gradients_finite() const {
  return std::all_of(groups_.begin(), groups_.end(), [](const Group& group) { return all_finite(group.gradients); });
}

bool FlatParameters::finite() const {
  const std::vector<at::Tensor> all = everything();
  return std::all_of(all.begin(), all.end(), all_finite);
}

void FlatParameters::scale_gradients(double factor) {
  for (Group& group : groups_) group.gradients.mul_(factor);
}

void FlatParameters::clamp_gradients(double limit) {
  for (Group& group : groups_) group.gradients.clamp_(-limit, limit);
}

void FlatParameters::add_penalty(double l1, double l2) {
  for (Group& group : groups_) {
    if (group.lr_scale == 0) continue;
    const double own_l1 = group.l1.value_or(group.penalised ? l1 : 0.0);
    const double own_l2 = group.l2.value_or(group.penalised ? l2 : 0.0);
    if (own_l2 > 0) group.gradients.add_(group.parameters, own_l2);
    if (own_l1 > 0) group.gradients.add_(group.parameters.sign(), own_l1);
  }
}

void FlatParameters::step(double lr) {
  for (Group& group : groups_) {
    if (group.lr_scale == 0) continue;
    group.step.add_(1);
    optimizer_.update(
        {group.parameters, group.gradients, &group.state, group.step, lr * group.lr_scale, group.weight_decay});
  }
}

std::vector<std::pair<std::string, at::Tensor>> FlatParameters::named(const std::vector<at::Tensor>& buffers) const {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (size_t i = 0; i < groups_.size(); ++i)
    for (size_t j = 0; j < groups_[i].views.size(); ++j) {
      const auto& [name, view] = groups_[i].views[j];
      tensors.emplace_back(name, buffers[i].as_strided(view.sizes(), view.strides(), groups_[i].offsets[j]));
    }
  return tensors;
}

std::vector<std::pair<std::string, at::Tensor>> FlatParameters::state() const {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  const std::vector<std::string> names = optimizer_.state_names();
  for (size_t k = 0; k < names.size(); ++k) {
    std::vector<at::Tensor> buffers;
    for (const Group& group : groups_) buffers.push_back(group.state[k]);
    for (auto& [name, tensor] : named(buffers)) tensors.emplace_back(names[k] + "." + name, tensor);
  }
  for (const Group& group : groups_) tensors.emplace_back("step." + group.views.front().first, group.step);
  return tensors;
}

void FlatParameters::load_state(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  std::map<std::string, at::Tensor> saved(tensors.begin(), tensors.end());
  for (auto& [name, tensor] : state()) {
    const auto found = saved.find(name);
    if (found == saved.end() || found->second.sizes() != tensor.sizes())
      throw UserError(ExitCode::bad_data, "optimizer state: \"" + name + "\" is missing or has another shape");
    tensor.copy_(found->second);
  }
}

std::vector<at::Tensor> FlatParameters::everything() const {
  std::vector<at::Tensor> tensors;
  for (const Group& group : groups_) {
    tensors.insert(tensors.end(), {group.parameters, group.step});
    tensors.insert(tensors.end(), group.state.begin(), group.state.end());
  }
  return tensors;
}

std::vector<at::Tensor> FlatParameters::copies() const {
  std::vector<at::Tensor> tensors = everything();
  for (at::Tensor& tensor : tensors) tensor = tensor.clone();
  return tensors;
}

void FlatParameters::assign(const std::vector<at::Tensor>& copies) {
  const std::vector<at::Tensor> tensors = everything();
  TORCH_CHECK(copies.size() == tensors.size(), "copies of other parameters");
  for (size_t i = 0; i < tensors.size(); ++i) tensors[i].copy_(copies[i]);
}

std::vector<ParameterView> FlatParameters::views() const {
  std::vector<ParameterView> views;
  for (const Group& group : groups_)
    for (size_t i = 0; i < group.views.size(); ++i)
      if (group.lr_scale > 0) views.push_back({group.views[i].first, group.views[i].second, group.slots[i]->grad()});
  return views;
}

std::vector<at::Tensor> FlatParameters::buffers() const {
  std::vector<at::Tensor> buffers;
  for (const Group& group : groups_) buffers.push_back(group.parameters);
  return buffers;
}

}  // namespace dlrun
