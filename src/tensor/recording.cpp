// Operators below autograd, taken down by a boxed fallback and called again.

#include "tensor/recording.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tensor/cuda.h"

namespace dlrun {
namespace {

// The lowest key above the backends that nothing else uses, factory functions included.
constexpr c10::DispatchKey recording_key = c10::DispatchKey::Fake;

// The same numbers, and nothing of autograd, which would keep what its graph keeps.
at::Tensor bare(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  return at::Tensor(tensor.unsafeGetTensorImpl()->shallow_copy_and_detach(c10::VariableVersion(0), false));
}

c10::IValue bare(const c10::IValue& value) {
  if (value.isTensor()) return bare(value.toTensor());
  if (value.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(bare(tensor));
    return list;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> list;
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      list.push_back(tensor ? std::optional<at::Tensor>(bare(*tensor)) : std::nullopt);
    return list;
  }
  return value;
}

template <class Reader>
void each_tensor(const c10::IValue& value, const Reader& read) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) read(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) read(tensor);
  } else if (value.isOptionalTensorList()) {
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      if (tensor && tensor->defined()) read(*tensor);
  }
}

c10::StorageImpl* memory_of(const at::Tensor& tensor) { return tensor.storage().unsafeGetStorageImpl(); }

// Operators that change which view of its numbers a tensor is, and no number.
bool changes_view(const std::string& name) {
  constexpr std::string_view names[] = {"aten::t_",        "aten::transpose_",  "aten::swapaxes_",
                                        "aten::swapdims_", "aten::squeeze_",    "aten::unsqueeze_",
                                        "aten::detach_",   "aten::as_strided_", "aten::moveaxis_"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

struct Call {
  c10::OperatorHandle op;
  std::vector<c10::IValue> arguments;
  std::vector<c10::IValue> results;
  std::vector<c10::StorageImpl*> done = {};  // memory that nobody reads behind this call
};

// Each tensor's memory is an object of its own, which views share: a new result moves into the one that was recorded.
class RecordedOperators final : public Recording {
 public:
  void record(const std::function<void()>& work) override;
  void replay() override;
  void add(Call call);

 private:
  // Memory that a call made.
  struct Made {
    size_t last = 0;  // the last call that has to do with it
    size_t held = 0;  // by these calls
    bool freed = false;
  };
  void free_held();

  std::vector<Call> calls_;
  std::unordered_map<c10::StorageImpl*, Made> made_;
};

thread_local RecordedOperators* recorder = nullptr;

void take_down(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::impl::ExcludeDispatchKeyGuard beneath(recording_key);
  if (!recorder) return op.callBoxed(stack);
  const std::string& name = op.schema().name();
  // What is taken down behind it has the view that it leaves.
  if (changes_view(name)) return op.callBoxed(stack);
  if (name == "aten::_local_scalar_dense" || name == "aten::equal")
    throw CannotRecord("it reads a number of a tensor (" + name + ")");
  Call call{op, {}, {}};
  const size_t takes = op.schema().arguments().size(), gives = op.schema().returns().size();
  for (auto value = stack->end() - static_cast<std::ptrdiff_t>(takes); value != stack->end(); ++value)
    call.arguments.push_back(bare(*value));
  op.callBoxed(stack);
  for (auto value = stack->end() - static_cast<std::ptrdiff_t>(gives); value != stack->end(); ++value)
    call.results.push_back(bare(*value));
  // Memory that somebody asked for to write into it himself, maybe not by an operator: it stays as he left it.
  if (!name.starts_with("aten::empty") && name != "aten::new_empty") recorder->add(std::move(call));
}

void RecordedOperators::add(Call call) {
  constexpr size_t calls_between = 64;
  std::vector<c10::StorageImpl*> known;
  for (const c10::IValue& value : call.arguments)
    each_tensor(value, [&](const at::Tensor& tensor) { known.push_back(memory_of(tensor)); });
  for (c10::StorageImpl* memory : known)
    if (const auto found = made_.find(memory); found != made_.end()) {
      found->second.last = calls_.size();
      ++found->second.held;
    }
  for (const c10::IValue& value : call.results)
    each_tensor(value, [&](const at::Tensor& tensor) {
      c10::StorageImpl* memory = memory_of(tensor);
      const bool given = std::find(known.begin(), known.end(), memory) != known.end();
      if (given && !made_.count(memory)) return;
      Made& made = made_[memory];
      made.last = calls_.size();
      ++made.held;
    });
  calls_.push_back(std::move(call));
  if (calls_.size() % calls_between == 0) free_held();
}

// Of memory that these calls alone hold the last one is known.
void RecordedOperators::free_held() {
  for (auto& [memory, made] : made_) {
    if (made.freed || c10::raw::intrusive_ptr::use_count(memory) > made.held) continue;
    calls_[made.last].done.push_back(memory);
    memory->set_data_ptr_noswap({});
    made.freed = true;
  }
}

void RecordedOperators::record(const std::function<void()>& work) {
  {
    const c10::impl::IncludeDispatchKeyGuard on(recording_key);
    struct Attach {
      explicit Attach(RecordedOperators* one) { recorder = one; }
      ~Attach() { recorder = nullptr; }
    } attach(this);
    work();
  }
  free_held();
}

void RecordedOperators::replay() {
  const at::AutoDispatchBelowADInplaceOrView below;
  torch::jit::Stack stack;
  for (const Call& call : calls_) {
    stack.assign(call.arguments.begin(), call.arguments.end());
    call.op.callBoxed(stack);
    for (size_t i = 0; i < call.results.size(); ++i) {
      std::vector<at::Tensor> now;
      each_tensor(stack[i], [&](const at::Tensor& tensor) { now.push_back(tensor); });
      size_t k = 0;
      each_tensor(call.results[i], [&](const at::Tensor& before) {
        const at::Tensor& after = now.at(k++);
        if (memory_of(after) == memory_of(before)) return;
        if (after.sizes() != before.sizes() || after.strides() != before.strides())
          throw CannotRecord("the size of a result of " + call.op.schema().name() + " follows from its values");
        memory_of(before)->set_data_ptr_noswap(memory_of(after)->set_data_ptr({}));
      });
    }
    for (c10::StorageImpl* memory : call.done) memory->set_data_ptr_noswap({});
  }
}

class RecordedGraph final : public Recording {
 public:
  explicit RecordedGraph(int index) : index_(index) {}

  void record(const std::function<void()>& work) override {
    try {
      graph_.emplace(index_, work);
    } catch (const c10::Error& error) {
      throw CannotRecord(std::string("a CUDA graph cannot hold it: ") + error.what_without_backtrace());
    }
  }

  void replay() override { graph_->replay(); }

 private:
  int index_;
  std::optional<CudaGraph> graph_;
};

}  // namespace

TORCH_LIBRARY_IMPL(_, Fake, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&take_down>()); }

void refuse_recording(const std::string& what) {
  if (recorder) throw CannotRecord(what);
}

std::unique_ptr<Recording> new_recording(const at::Device& device) {
  if (device.is_cuda()) return std::make_unique<RecordedGraph>(device.index());
  return std::make_unique<RecordedOperators>();
}

}  // namespace dlrun
