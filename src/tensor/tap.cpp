// The tap: a boxed fallback on a dispatch key above autograd, switched on for a scope.

#include "tensor/tap.h"

#include <torch/library.h>

namespace dlrun {
namespace {

thread_local std::vector<TappedCall>* calls = nullptr;

void collect(const c10::IValue& value, std::vector<at::Tensor>& tensors) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) tensors.push_back(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) tensors.push_back(tensor);
  }
}

void see(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  c10::impl::ExcludeDispatchKeyGuard beneath(c10::DispatchKey::TESTING_ONLY_GenericMode);
  TappedCall call{op.schema().name(), {}, {}};
  const size_t first = stack->size() - op.schema().arguments().size();
  for (size_t i = first; i < stack->size(); ++i) collect((*stack)[i], call.inputs);
  op.callBoxed(stack);
  for (size_t i = stack->size() - op.schema().returns().size(); i < stack->size(); ++i)
    collect((*stack)[i], call.outputs);
  if (calls) calls->push_back(std::move(call));
}

}  // namespace

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&see>());
}

std::vector<TappedCall> tap(const std::function<void()>& work) {
  std::vector<TappedCall> seen;
  c10::impl::IncludeDispatchKeyGuard on(c10::DispatchKey::TESTING_ONLY_GenericMode);
  calls = &seen;
  work();
  calls = nullptr;
  return seen;
}

}  // namespace dlrun
