// The base of every layer and network: named parameters, buffers and children over plain ATen tensors.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/cut.h"
#include "tensor/batch.h"
#include "tensor/named_tensor.h"
#include "tensor/recompute.h"
#include "tensor/scope.h"

namespace dlrun {

class Parametrization;  // nn/parametrization.h

// Members register themselves in the constructor; names and order follow the reference implementation (torchvision,
// transformers). A module never moves once built: others hold pointers to its members. Not thread-safe.
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  std::vector<NamedTensor> parameters() const;  // depth first, in order of registration
  std::vector<NamedTensor> buffers() const;
  std::vector<NamedTensor> state() const;  // both, module by module, as PyTorch's state_dict orders them
  std::vector<std::pair<std::string, Module*>> modules() const;  // itself ("") first
  Module* find(const std::string& name) const;                   // by dotted name; null when there is none
  const std::string& path() const { return path_; }              // its dotted name within the outermost module

  bool training() const { return training_; }
  void set_training(bool on);
  void to(const at::Device& device);
  at::Device device() const;  // of its parameters; the CPU where it has none

  // Whether others run it by forward(), so that what follows takes place there. A module that only holds others is
  // none.
  virtual bool passes() const { return false; }
  // From now on the parameter `name` of this module itself is what `from` gives at the start of each pass, and is
  // undefined between passes; `from` becomes a child, "parametrizations.<name>". Before anybody took over the weights.
  void parametrize(const std::string& name, std::shared_ptr<Parametrization> from);
  // Undoes that in all of the module: parameters are what they were computed to be, as they stand. Gives what was
  // undone.
  struct Baked {
    Module* module;
    std::string name;
    std::shared_ptr<Parametrization> from;
  };
  std::vector<Baked> bake();
  // From now on a pass is one of a part. The slots of parameters hold their parts.
  void pass_in_part(std::shared_ptr<const PartPass> part) { part_ = std::move(part); }
  // From now on a pass in training keeps nothing for its gradients and is computed again for them; inside one that is,
  // a pass is as always. Behind parametrize().
  void recompute();

 protected:
  // One pass: gives compute(inputs...), which runs under the module's path, with its parameters in place. Every
  // forward() is one. What `compute` refers to besides must live as long as the gradients.
  template <class Compute, class... Inputs>
  auto pass(const Compute& compute, const Inputs&... inputs) {
    const Scope scope(path_);
    if (parametrized_.empty() && !recomputed_ && !part_) return compute(inputs...);
    std::optional<Recomputation> recomputation;
    if (recomputes()) {
      std::vector<at::Tensor> taken;
      (add_tensors(inputs, taken), ...);
      recomputation.emplace(
          Recomputed{path_, [this, compute, inputs...] { pass(compute, inputs...); }, std::move(taken), *recomputed_});
    }
    const InPlace parameters(*this);
    return part_ ? part_->around(compute, inputs...) : compute(inputs...);
  }
  // Registers `slot` as a trainable parameter holding `initial`.
  void parameter(const std::string& name, at::Tensor& slot, at::Tensor initial);
  // Registers `slot` as state that is saved but not trained.
  void buffer(const std::string& name, at::Tensor& slot, at::Tensor initial);
  // Registers a child and gives it back.
  template <class Child>
  std::shared_ptr<Child> child(const std::string& name, std::shared_ptr<Child> module) {
    children_.emplace_back(name, module);
    module->move_to(path_.empty() ? name : path_ + "." + name);
    return module;
  }
  template <class Child, class... Arguments>
  std::shared_ptr<Child> make(const std::string& name, Arguments&&... arguments) {
    return child(name, std::make_shared<Child>(std::forward<Arguments>(arguments)...));
  }

 private:
  // A parameter that is computed from others, and where it was among the module's own.
  struct Parametrized {
    std::string name;
    at::Tensor* slot;
    std::shared_ptr<Parametrization> from;
    size_t position;
  };
  // Such parameters are there as long as this lives.
  struct InPlace {
    explicit InPlace(Module& one) : module(one) { module.place_parameters(); }
    ~InPlace() { module.forget_parameters(); }
    Module& module;
  };

  bool recomputes() const;
  void place_parameters();
  void forget_parameters();
  void move_to(const std::string& path);
  // `parameters` and `buffers` may be one list.
  void collect(const std::string& prefix, std::vector<NamedTensor>* parameters, std::vector<NamedTensor>* buffers,
               std::vector<std::pair<std::string, Module*>>* modules) const;

  std::vector<std::pair<std::string, at::Tensor*>> parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  std::vector<Parametrized> parametrized_;
  std::shared_ptr<const PartPass> part_;                // null where this process has all of it
  std::optional<std::vector<at::Tensor*>> recomputed_;  // its buffers, where passes are computed again
  std::string path_;
  bool training_ = true;
};

// A module that answers a batch with named tensors; the main one is "output".
class Network : public Module {
 public:
  Batch forward(const Batch& batch) {
    return pass([this](const Batch& one) { return compute_narrow(one); }, batch);
  }
  bool passes() const override { return true; }
  // Which numbers are in the narrow type.
  enum class Narrow {
    operators,  // those of operators that torch.autocast lets compute in it
    all,  // weights, inputs and all between, but for modules that keep statistics (batch norms), whose own are float
  };
  // The type it computes in; answers are float all the same, and so are its weights outside of a pass. The last thing
  // that is done to it: others have taken over its parameters.
  void set_precision(at::ScalarType type, Narrow narrow = Narrow::operators);

 protected:
  virtual Batch compute(const Batch& batch) = 0;
  Batch compute_narrow(const Batch& batch);
  // Of what its parameters hold that are narrow in a pass; nothing where none are.
  const std::vector<at::Tensor*>& narrow_slots() const { return narrow_slots_; }

  at::ScalarType precision_ = at::kFloat;

 private:
  std::vector<at::Tensor*> narrow_slots_;
};

// A network of one tensor: "input" in, "output" out.
class SimpleNetwork : public Network {
 public:
  using Network::forward;
  at::Tensor forward(const at::Tensor& input) {
    return pass([this](const at::Tensor& one) { return compute_narrow(one); }, input);
  }

 protected:
  virtual at::Tensor compute(const at::Tensor& input) = 0;
  at::Tensor compute_narrow(const at::Tensor& input);
  Batch compute(const Batch& batch) final { return {{"output", compute(batch["input"])}}; }
};

}  // namespace dlrun
