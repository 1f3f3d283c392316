// The tap: a boxed fallback on a dispatch key above autograd, switched on for a scope.

#include "tensor/tap.h"

#include <ATen/SequenceNumber.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/function.h>
#include <torch/library.h>

#include <map>
#include <mutex>

#include "tensor/scope.h"

namespace dlrun {
namespace {

// What a backward pass needs to name its operators: autograd numbers the nodes of the graph in the order of the forward
// calls that made them.
struct Origin {
  uint64_t end;  // the first number that is no longer this call's
  std::string module, op;
};

struct Listener {
  const TapReader& reader;
  const TapOptions& options;
  std::mutex mutex;                         // Backward passes on a GPU run in a thread of their own.
  std::map<uint64_t, Origin> origins = {};  // by first number
};

Listener* listener = nullptr;

void collect(const std::vector<c10::IValue>& values, std::vector<at::Tensor>& tensors) {
  for (const c10::IValue& value : values) {
    if (value.isTensor()) {
      if (value.toTensor().defined()) tensors.push_back(value.toTensor());
    } else if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorVector()) tensors.push_back(tensor);
    } else if (value.isOptionalTensorList()) {
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        if (tensor && tensor->defined()) tensors.push_back(*tensor);
    }
  }
}

void place(TappedCall& call, const torch::autograd::Node& node) {
  call.backward = true;
  auto found = listener->origins.upper_bound(node.sequence_nr());
  if (found == listener->origins.begin()) return;
  --found;
  if (node.sequence_nr() >= found->second.end) return;
  call.module = found->second.module;
  call.gradient_of = found->second.op;
}

void run(const c10::OperatorHandle& op, TappedCall& call, torch::jit::Stack* stack) {
  if (!listener->options.failed) return op.callBoxed(stack);
  try {
    op.callBoxed(stack);
  } catch (...) {
    if (const auto node = torch::autograd::get_current_node()) place(call, *node);
    listener->options.failed(call);
    throw;
  }
}

void see(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  c10::impl::ExcludeDispatchKeyGuard beneath(c10::DispatchKey::TESTING_ONLY_GenericMode);
  if (!listener) {
    op.callBoxed(stack);
    return;
  }
  const auto first = stack->end() - static_cast<std::ptrdiff_t>(op.schema().arguments().size());
  if (listener->options.prepare) listener->options.prepare(op.schema(), {first, stack->end()});
  TappedCall call{&op.schema(), {first, stack->end()}, {}, Scope::current(), "", false};
  const uint64_t begin = at::sequence_number::peek();
  run(op, call, stack);
  const uint64_t end = at::sequence_number::peek();
  call.results.assign(stack->end() - static_cast<std::ptrdiff_t>(op.schema().returns().size()), stack->end());

  const std::lock_guard<std::mutex> lock(listener->mutex);
  if (const auto node = torch::autograd::get_current_node())
    place(call, *node);
  else if (end > begin)
    listener->origins[begin] = {end, call.module, call.name()};
  listener->reader(call);
}

}  // namespace

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&see>());
}

std::string TappedCall::name() const { return schema->name(); }

std::vector<at::Tensor> TappedCall::inputs() const {
  std::vector<at::Tensor> tensors;
  collect(arguments, tensors);
  return tensors;
}

std::vector<at::Tensor> TappedCall::outputs() const {
  std::vector<at::Tensor> tensors;
  collect(results, tensors);
  return tensors;
}

void tap(const std::function<void()>& work, const TapReader& reader) { tap(work, reader, {}); }

void tap(const std::function<void()>& work, const TapReader& reader, const TapOptions& options) {
  TORCH_CHECK(!listener, "a tap inside a tap");
  Listener ours{reader, options, {}};
  struct Attach {
    explicit Attach(Listener* one) { listener = one; }
    ~Attach() { listener = nullptr; }
  } attach(&ours);
  const c10::impl::IncludeDispatchKeyGuard on(c10::DispatchKey::TESTING_ONLY_GenericMode);
  work();
}

std::vector<TappedCall> tap(const std::function<void()>& work) {
  std::vector<TappedCall> calls;
  tap(work, [&](const TappedCall& call) { calls.push_back(call); });
  return calls;
}

}  // namespace dlrun
