// The engine of autograd that asks for hooks on what is saved.

#include "tensor/saved_tensors.h"

#include <torch/csrc/autograd/engine.h>

#include <mutex>
#include <utility>

namespace dlrun {
namespace {

thread_local SavedTensors* asked = nullptr;

// The engine of autograd, asked by every operator that saves a tensor for a hook on it. libtorch's own never has one.
class HookingEngine final : public torch::autograd::Engine {
 public:
  std::unique_ptr<torch::autograd::SavedVariableHooks> get_default_saved_variable_hooks() override {
    return asked ? asked->hook() : nullptr;
  }

  // Never destroyed: its threads may outlive every static object.
  static torch::autograd::Engine& instance() {
    static auto* engine = new HookingEngine;
    return *engine;
  }
};

}  // namespace

SavedTensors* exchange_saved_tensors(SavedTensors* one) {
  static std::once_flag once;
  std::call_once(once, [] { torch::autograd::set_default_engine_stub(&HookingEngine::instance); });
  return std::exchange(asked, one);
}

}  // namespace dlrun
