// Copying named values in and out of a network.

#include "run/weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <unordered_map>

#include "base/error.h"

namespace dlrun {
namespace {

// Where the values are. Tensors on `meta` have none; there only one and the same tensor is tied to itself.
const void* memory_of(const at::Tensor& tensor) {
  return tensor.is_meta() ? tensor.unsafeGetTensorImpl() : tensor.data_ptr();
}

bool same_memory(const at::Tensor& a, const at::Tensor& b) {
  return memory_of(a) == memory_of(b) && a.numel() > 0 && a.sizes() == b.sizes() && a.strides() == b.strides() &&
         a.dtype() == b.dtype() && a.device() == b.device();
}

// For every slot the first slot that shares its memory: often itself.
std::vector<size_t> first_of_tied(const std::vector<NamedTensor>& slots) {
  std::vector<size_t> first(slots.size());
  std::unordered_map<const void*, std::vector<size_t>> seen;
  for (size_t i = 0; i < slots.size(); ++i) {
    first[i] = i;
    std::vector<size_t>& candidates = seen[memory_of(*slots[i].tensor)];
    for (size_t other : candidates) {
      if (same_memory(*slots[other].tensor, *slots[i].tensor)) first[i] = other;
    }
    if (first[i] == i) candidates.push_back(i);
  }
  return first;
}

std::string shape_text(const at::Tensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")); }

// What keeps a value out of a slot; empty when nothing does.
std::string difference(const at::Tensor& slot, const at::Tensor& value) {
  if (slot.sizes() != value.sizes()) {
    return fmt::format("{} in the file, {} in the network", shape_text(value), shape_text(slot));
  }
  bool convertible = slot.dtype() == value.dtype() || (slot.is_floating_point() && value.is_floating_point()) ||
                     (at::isIntegralType(slot.scalar_type(), false) && at::isIntegralType(value.scalar_type(), false));
  if (convertible) return "";
  return fmt::format("{} in the file, {} in the network", c10::toString(value.scalar_type()),
                     c10::toString(slot.scalar_type()));
}

struct Plan {
  std::vector<std::pair<size_t, const at::Tensor*>> copies;  // slot, value
  WeightsReport report;
};

Plan plan_of(const std::vector<NamedTensor>& slots, const TensorList& tensors) {
  std::map<std::string, const at::Tensor*> values;
  for (const auto& [name, tensor] : tensors) values[name] = &tensor;
  std::vector<size_t> first = first_of_tied(slots);
  std::map<size_t, const at::Tensor*> given;  // by the first slot of those tied
  Plan plan;
  for (size_t i = 0; i < slots.size(); ++i) {
    auto found = values.find(slots[i].name);
    if (found == values.end()) continue;
    const at::Tensor& value = *found->second;
    values.erase(found);
    std::string problem = difference(*slots[i].tensor, value);
    auto [earlier, fresh] = given.emplace(first[i], &value);
    if (problem.empty() && !fresh && !at::equal(*earlier->second, value)) {
      problem = fmt::format("tied to {}, but the file has two different values", slots[first[i]].name);
    }
    if (!problem.empty()) {
      plan.report.different.push_back(slots[i].name + ": " + problem);
    } else if (fresh) {
      plan.copies.emplace_back(i, &value);
    }
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (given.count(first[i]) == 0) plan.report.missing.push_back(slots[i].name);
  }
  for (const auto& [name, tensor] : tensors) {
    if (values.count(name) > 0) plan.report.unexpected.push_back(name);
  }
  return plan;
}

void add_names(std::string& text, const char* title, const std::vector<std::string>& names) {
  constexpr size_t most = 10;
  if (names.empty()) return;
  text += fmt::format("\n  {} ({}):", title, names.size());
  for (size_t i = 0; i < std::min(names.size(), most); ++i) text += "\n    " + names[i];
  if (names.size() > most) text += fmt::format("\n    and {} more", names.size() - most);
}

}  // namespace

TensorList values_of(const std::vector<NamedTensor>& slots) {
  std::vector<size_t> first = first_of_tied(slots);
  TensorList values;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (first[i] == i) values.emplace_back(slots[i].name, slots[i].tensor->detach());
  }
  return values;
}

std::string WeightsReport::text() const {
  std::string result;
  add_names(result, "missing in the file", missing);
  add_names(result, "not part of the network", unexpected);
  add_names(result, "different", different);
  return result.empty() ? result : result.substr(1);
}

WeightsReport compare_weights(const std::vector<NamedTensor>& slots, const TensorList& tensors) {
  return plan_of(slots, tensors).report;
}

WeightsReport load_weights(const std::vector<NamedTensor>& slots, const TensorList& tensors, const std::string& source,
                           Fit fit) {
  Plan plan = plan_of(slots, tensors);
  if (plan.copies.empty() || (fit == Fit::exact && !plan.report.fits())) {
    if (!slots.empty() || !tensors.empty()) {
      throw UserError(ExitCode::bad_data,
                      fmt::format("{}: these weights do not fit the network:\n{}", source, plan.report.text()));
    }
  }
  at::NoGradGuard no_grad;
  for (const auto& [slot, value] : plan.copies) slots[slot].tensor->copy_(*value);
  return plan.report;
}

}  // namespace dlrun
