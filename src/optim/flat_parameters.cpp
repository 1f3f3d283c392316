// All parameters of one player in a few flat buffers.

#include "optim/flat_parameters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include "base/error.h"
#include "optim/layers.h"
#include "tensor/read_numbers.h"

namespace dlrun {
namespace {

constexpr int64_t kAlignment = 16;  // floats: a cache line, so that vector loads never straddle two parameters

int64_t padded(int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; }

// A view of numbers of `flat` from `offset` on, with the parameter's shape and memory order.
at::Tensor view_like(const at::Tensor& flat, int64_t offset, const at::Tensor& parameter, bool channels_last) {
  at::Tensor piece = flat.narrow(0, offset, parameter.numel());
  if (!channels_last || parameter.dim() != 4) return piece.view(parameter.sizes());
  return piece.view({parameter.size(0), parameter.size(2), parameter.size(3), parameter.size(1)}).permute({0, 3, 1, 2});
}

// A sum is finite when all of its terms are, unless it overflows: only then is each of them looked at.
bool all_finite(const at::Tensor& numbers) {
  return std::isfinite(numbers.sum().item<double>()) || at::isfinite(numbers).all().item<bool>();
}

// An operator for one number costs nearly as much as the update of a small network.
void count_one(at::Tensor& step) {
  if (step.is_cpu() && step.scalar_type() == at::kFloat)
    *step.mutable_data_ptr<float>() += 1;
  else
    step.add_(1);
}

}  // namespace

FlatParameters::FlatParameters(std::vector<NamedTensor> slots, const Optimizer& optimizer, bool channels_last,
                               Shard shard, const std::vector<LateParameters>& late, const WholeSizes& parts)
    : optimizer_(optimizer), shard_(shard) {
  std::vector<std::regex> expressions;
  for (size_t i = 0; i < optimizer.groups.size(); ++i) expressions.emplace_back(optimizer.groups[i].match);

  // Parameters with the same treatment share a group; the order of groups is fixed by their settings.
  using Treatment =
      std::tuple<double, double, bool, std::optional<double>, std::optional<double>, int64_t, std::vector<std::string>>;
  std::map<std::pair<Treatment, bool>, std::vector<NamedTensor>> by_treatment;
  std::map<Treatment, std::string> leaders;
  std::set<const void*> seen;
  std::erase_if(slots, [&](const NamedTensor& slot) { return !seen.insert(slot.tensor).second; });
  const std::vector<int64_t> layers = layers_of(slots);
  const int64_t last = layers.empty() ? 0 : *std::max_element(layers.begin(), layers.end());
  for (size_t k = 0; k < slots.size(); ++k) {
    const NamedTensor& slot = slots[k];
    const auto part = parts.find(slot.name);
    const int64_t dims = part == parts.end() ? slot.tensor->dim() : static_cast<int64_t>(part->second.size());
    const bool decayed = dims > 1 || optimizer.decay_norm_and_bias;
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
    lr_scale *= std::pow(optimizer.layer_decay, static_cast<double>(last - layers[k]));
    const auto found = std::find_if(
        late.begin(), late.end(), [&](const LateParameters& some) { return std::regex_search(slot.name, some.match); });
    std::vector<std::string> kept;
    for (const Kept& state : optimizer.keeps(slot.name, slot.tensor->sizes())) kept.push_back(state.name);
    const Treatment treatment = {lr_scale, weight_decay, decayed, l1, l2, found == late.end() ? 0 : found->step, kept};
    by_treatment[{treatment, part != parts.end()}].push_back(slot);
    leaders.try_emplace(treatment, slot.name);
  }
  for (const auto& [key, members] : by_treatment) {
    Group group;
    std::tie(group.lr_scale, group.weight_decay, group.penalised, group.l1, group.l2, group.late, std::ignore) =
        key.first;
    group.parts = key.second;
    group.leader = leaders.at(key.first);
    flatten(group, members, channels_last);
    groups_.push_back(std::move(group));
  }
}

void FlatParameters::flatten(Group& group, const std::vector<NamedTensor>& slots, bool channels_last) {
  int64_t total = 0;
  for (const NamedTensor& slot : slots) {
    group.offsets.push_back(total);
    total += padded(slot.tensor->numel());
    count_ += slot.tensor->numel();
  }
  const int64_t part = kAlignment * shard_.size;  // Equal parts, each of whole cache lines.
  total = (total + part - 1) / part * part;
  const at::TensorOptions options = slots.front().tensor->options().requires_grad(false);
  group.parameters = at::zeros({total}, options);
  group.gradients = at::zeros({total}, options);
  // It has a value even where the parameters have none (`meta`): updates are counted by it.
  group.step = at::zeros({}, options.device().is_meta() ? options.device(at::kCPU) : options);
  for (size_t i = 0; i < slots.size(); ++i) {
    at::Tensor view = view_like(group.parameters, group.offsets[i], *slots[i].tensor, channels_last);
    view.copy_(slots[i].tensor->detach());
    // A detached alias becomes the parameter, so that autograd sees a leaf and not a view of the buffer.
    at::Tensor leaf = view.detach();
    leaf.set_requires_grad(group.lr_scale > 0);
    const at::Tensor gradient = view_like(group.gradients, group.offsets[i], *slots[i].tensor, channels_last);
    if (group.lr_scale > 0) leaf.mutable_grad() = gradient;
    *slots[i].tensor = leaf;
    group.slots.push_back(slots[i].tensor);
    group.pieces.push_back({slots[i].name, view, gradient, {}});
  }
  if (shard_.size > 1)
    keep_shard(group, slots);
  else
    keep_state(group, slots, channels_last);
}

void FlatParameters::keep_shard(Group& group, const std::vector<NamedTensor>& slots) {
  const int64_t own = group.parameters.numel() / shard_.size;
  for (const Kept& kept : optimizer_.keeps(slots.front().name, slots.front().tensor->sizes())) {
    group.state.add(kept.name, at::zeros({own}, group.parameters.options()));
    kept_ += own;
  }
}

at::Tensor FlatParameters::own_part(const at::Tensor& flat) const {
  const int64_t own = flat.numel() / shard_.size;
  return flat.narrow(0, shard_.rank * own, own);
}

TensorList FlatParameters::shards_of(const std::string& name, const Group& group) const {
  const at::Tensor whole = shard_.ranks->append(group.state[name]);
  TensorList tensors;
  for (size_t i = 0; i < group.pieces.size(); ++i) {
    const at::Tensor& view = group.pieces[i].parameter;
    tensors.emplace_back(name + "." + group.pieces[i].name,
                         whole.as_strided(view.sizes(), view.strides(), group.offsets[i]));
  }
  return tensors;
}

// One flat buffer for each name. What is shaped like its parameter lies where the parameter does.
void FlatParameters::keep_state(Group& group, const std::vector<NamedTensor>& slots, bool channels_last) {
  std::vector<std::vector<Kept>> kept;
  for (const NamedTensor& slot : slots) kept.push_back(optimizer_.keeps(slot.name, slot.tensor->sizes()));
  for (size_t k = 0; k < kept.front().size(); ++k) {
    const auto aligned = [&](size_t i) { return slots[i].tensor->sizes() == kept[i][k].sizes; };
    int64_t total = 0;
    std::vector<int64_t> offsets;
    for (size_t i = 0; i < slots.size(); ++i) {
      const int64_t count = c10::multiply_integers(kept[i][k].sizes);
      offsets.push_back(total);
      total += padded(count);
      kept_ += count;
    }
    const at::Tensor flat = at::zeros({total}, group.parameters.options());
    for (size_t i = 0; i < slots.size(); ++i) {
      const at::Tensor view =
          aligned(i) ? view_like(flat, offsets[i], *slots[i].tensor, channels_last)
                     : flat.narrow(0, offsets[i], c10::multiply_integers(kept[i][k].sizes)).view(kept[i][k].sizes);
      group.pieces[i].state.add(kept[i][k].name, view);
    }
    group.state.add(kept.front()[k].name, flat);
  }
}

void FlatParameters::set_learning(bool on) {
  for (Group& group : groups_)
    for (at::Tensor* slot : group.slots) slot->set_requires_grad(on && learns(group));
}

void FlatParameters::freeze_late(int64_t step) {
  for (Group& group : groups_) {
    const bool frozen = step < group.late;
    if (frozen == group.frozen) continue;
    group.frozen = frozen;
    for (at::Tensor* slot : group.slots) slot->set_requires_grad(learns(group));
  }
}

void FlatParameters::zero_gradients() {
  for (Group& group : groups_) group.gradients.zero_();
}

std::vector<at::Tensor> FlatParameters::gradient_norms() const {
  std::vector<at::Tensor> norms;
  for (const Group& group : groups_) norms.push_back(at::linalg_vector_norm(group.gradients));
  return norms;
}

std::vector<at::Tensor> FlatParameters::gradient_sums() const {
  std::vector<at::Tensor> sums;
  for (const Group& group : groups_) sums.push_back(group.gradients.sum());
  return sums;
}

std::vector<bool> FlatParameters::of_parts() const {
  std::vector<bool> parts;
  for (const Group& group : groups_) parts.push_back(group.parts);
  return parts;
}

double FlatParameters::gradient_norm() const {
  double squares = 0.0;
  for (const double norm : read_numbers(gradient_norms())) squares += norm * norm;
  return std::sqrt(squares);
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

void FlatParameters::scale_gradients(const at::Tensor& factor) {
  for (Group& group : groups_) group.gradients.mul_(factor.to(group.gradients.scalar_type()));
}

void FlatParameters::clamp_gradients(double limit) {
  for (Group& group : groups_) group.gradients.clamp_(-limit, limit);
}

void FlatParameters::add_penalty(double l1, double l2) {
  for (Group& group : groups_) {
    if (!learns(group)) continue;
    const double own_l1 = group.l1.value_or(group.penalised ? l1 : 0.0);
    const double own_l2 = group.l2.value_or(group.penalised ? l2 : 0.0);
    if (own_l2 > 0) group.gradients.add_(group.parameters, own_l2);
    if (own_l1 > 0) group.gradients.add_(group.parameters.sign(), own_l1);
  }
}

bool FlatParameters::step(const Setting& setting, double loss, const Evaluate& evaluate) {
  std::vector<Update> updates;
  for (Group& group : groups_) {
    if (!learns(group)) continue;
    count_one(group.step);
    ++group.updates;
    updates.push_back({.parameters = own_part(group.parameters),
                       .gradients = own_part(group.gradients),
                       .state = group.state,
                       .pieces = group.pieces,
                       .updates = group.updates,
                       .step = group.step,
                       .lr = rate_of(group, setting),
                       .weight_decay = group.weight_decay,
                       .momentum = setting.momentum});
  }
  const bool made = optimizer_.step(updates, loss, evaluate);
  if (shard_.ranks)
    for (Group& group : groups_)
      if (learns(group)) gather_parts(group.parameters);
  return made;
}

double FlatParameters::rate_of(const Group& group, const Setting& setting) const {
  const double rate = setting.lr * group.lr_scale;
  return round_rates_ ? static_cast<double>(static_cast<float>(rate)) : rate;
}

void FlatParameters::set_rates(const Setting& setting) {
  if (!rates_.defined()) {
    const at::TensorOptions options = groups_.front().step.options();
    // Fused kernels of a GPU read it as float, those of a CPU as any number.
    rates_ = at::zeros({static_cast<int64_t>(groups_.size())},
                       options.device().is_cpu() ? options.dtype(at::kDouble) : options);
    for (size_t i = 0; i < groups_.size(); ++i) groups_[i].rate = rates_[static_cast<int64_t>(i)];
  }
  std::vector<double> rates;
  for (const Group& group : groups_) rates.push_back(rate_of(group, setting));
  rates_.copy_(at::tensor(rates, at::kDouble));
}

void FlatParameters::step_unread(const at::Tensor& flawed) {
  std::vector<Update> updates;
  for (Group& group : groups_) {
    if (!learns(group)) continue;
    group.step.add_(1).sub_(flawed);
    updates.push_back({.parameters = group.parameters,
                       .gradients = group.gradients,
                       .state = group.state,
                       .pieces = group.pieces,
                       .updates = group.updates + 1,
                       .step = group.step,
                       .weight_decay = group.weight_decay,
                       .rate = group.rate,
                       .flawed = flawed});
  }
  optimizer_.step(updates, 0.0, nullptr);
}

void FlatParameters::count_step() {
  for (Group& group : groups_)
    if (learns(group)) ++group.updates;
}

bool FlatParameters::begun() const {
  return std::all_of(groups_.begin(), groups_.end(),
                     [](const Group& group) { return !learns(group) || group.updates > 0; });
}

std::vector<bool> FlatParameters::learning() const {
  std::vector<bool> learning;
  for (const Group& group : groups_) learning.push_back(learns(group));
  return learning;
}

// In pieces: an exchange takes as much memory for itself as it brings.
void FlatParameters::gather_parts(const at::Tensor& flat) const {
  constexpr int64_t numbers_at_once = 1 << 20;
  const at::Tensor parts = flat.view({shard_.size, -1});
  for (int64_t begin = 0; begin < parts.size(1); begin += numbers_at_once) {
    const int64_t count = std::min(numbers_at_once, parts.size(1) - begin);
    at::Tensor all = at::empty({shard_.size * count}, flat.options());
    shard_.ranks->gather(parts[shard_.rank].narrow(0, begin, count), all);
    parts.narrow(1, begin, count).copy_(all.view({shard_.size, count}));
  }
}

TensorList FlatParameters::named(const std::vector<at::Tensor>& buffers) const {
  TensorList tensors;
  for (size_t i = 0; i < groups_.size(); ++i)
    for (size_t j = 0; j < groups_[i].pieces.size(); ++j) {
      const at::Tensor& view = groups_[i].pieces[j].parameter;
      tensors.emplace_back(groups_[i].pieces[j].name,
                           buffers[i].as_strided(view.sizes(), view.strides(), groups_[i].offsets[j]));
    }
  return tensors;
}

TensorList FlatParameters::state() const {
  TensorList tensors;
  std::vector<std::string> names;  // of all groups, each once
  for (const Group& group : groups_)
    for (const auto& [name, flat] : group.state.items())
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const std::string& name : names)
    for (const Group& group : groups_) {
      if (shard_.ranks && group.state.has(name))
        for (auto& tensor : shards_of(name, group)) tensors.push_back(std::move(tensor));
      for (const Piece& piece : group.pieces)
        if (piece.state.has(name)) tensors.emplace_back(name + "." + piece.name, piece.state[name]);
    }
  for (size_t i = 0; i < groups_.size(); ++i)  // Those of one treatment stand side by side, and count alike.
    if (i == 0 || groups_[i - 1].leader != groups_[i].leader)
      tensors.emplace_back("step." + groups_[i].leader, groups_[i].step);
  return tensors;
}

void FlatParameters::load_state(const TensorList& tensors) {
  std::map<std::string, at::Tensor> saved(tensors.begin(), tensors.end());
  TensorList kept = state();  // Of a shard: copies of the whole, whose part is put back.
  for (auto& [name, tensor] : kept) {
    const auto found = saved.find(name);
    if (found == saved.end() || found->second.sizes() != tensor.sizes())
      throw UserError(ExitCode::bad_data, "optimizer state: \"" + name + "\" is missing or has another shape");
    tensor.copy_(found->second);
  }
  for (Group& group : groups_) group.step.copy_(saved.at("step." + group.leader));
  if (shard_.ranks)
    for (Group& group : groups_)
      for (const auto& [name, own] : group.state.items())
        for (const auto& [key, tensor] : kept)
          if (key == name + "." + group.pieces.front().name)  // It begins where the buffer does.
            own.copy_(own_part(tensor.as_strided({group.parameters.numel()}, {1}, 0)));
  count_updates();
}

void FlatParameters::count_updates() {
  for (Group& group : groups_) group.updates = std::llround(group.step.item<double>());
}

std::vector<at::Tensor> FlatParameters::everything() const {
  std::vector<at::Tensor> tensors;
  for (const Group& group : groups_) {
    tensors.insert(tensors.end(), {group.parameters, group.step});
    for (const auto& [name, flat] : group.state.items()) tensors.push_back(flat);
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
  count_updates();
}

std::vector<Piece> FlatParameters::pieces() const {
  std::vector<Piece> pieces;
  for (const Group& group : groups_)
    if (learns(group)) pieces.insert(pieces.end(), group.pieces.begin(), group.pieces.end());
  return pieces;
}

std::vector<at::Tensor> FlatParameters::gradients() const {
  std::vector<at::Tensor> all;
  for (const Group& group : groups_) all.push_back(group.gradients);
  return all;
}

std::vector<at::Tensor> FlatParameters::buffers() const {
  std::vector<at::Tensor> buffers;
  for (const Group& group : groups_) buffers.push_back(group.parameters);
  return buffers;
}

std::vector<at::Tensor> FlatParameters::averages() const {
  std::vector<at::Tensor> averages;
  if (const char* name = optimizer_.average())
    for (const Group& group : groups_) averages.push_back(group.state[name]);
  return averages;
}

}  // namespace dlrun
