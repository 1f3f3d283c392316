// Calls with some tensors on `meta`.

#include "tensor/meta.h"

#include "tensor/memory_count.h"

namespace dlrun {
namespace {

bool on_meta(const at::Tensor& tensor) { return tensor.defined() && tensor.is_meta(); }

bool any_on_meta(const c10::IValue& value) {
  if (value.isTensor()) return on_meta(value.toTensor());
  if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector())
      if (on_meta(tensor)) return true;
  } else if (value.isOptionalTensorList()) {
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      if (tensor && on_meta(*tensor)) return true;
  }
  return false;
}

// Plain numbers that became tensors are no tensors to speak of: they follow other rules of types.
at::Tensor without_values(const at::Tensor& tensor) {
  if (!tensor.defined() || tensor.is_meta() || tensor.unsafeGetTensorImpl()->is_wrapped_number()) return tensor;
  const MemoryCount::Pause pause;  // It stands for one that was counted.
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

}  // namespace

void all_on_meta(const c10::FunctionSchema&, std::span<c10::IValue> arguments) {
  bool any = false;
  for (const c10::IValue& value : arguments) any = any || any_on_meta(value);
  if (!any) return;
  for (c10::IValue& value : arguments) {
    if (value.isTensor()) {
      value = without_values(value.toTensor());
    } else if (value.isTensorList()) {
      std::vector<at::Tensor> tensors = value.toTensorVector();
      for (at::Tensor& tensor : tensors) tensor = without_values(tensor);
      value = tensors;
    } else if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> tensors;
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        tensors.push_back(tensor ? std::optional<at::Tensor>(without_values(*tensor)) : tensor);
      value = tensors;
    } else if (value.isDevice()) {
      value = c10::Device(c10::kMeta);
    }
  }
}

}  // namespace dlrun
