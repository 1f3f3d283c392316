// The base of every layer and network: named parameters, buffers and children over plain ATen tensors.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensor/batch.h"
#include "tensor/named_tensor.h"
#include "tensor/scope.h"

namespace dlrun {

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

 protected:
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
  void move_to(const std::string& path);
  // `parameters` and `buffers` may be one list.
  void collect(const std::string& prefix, std::vector<NamedTensor>* parameters, std::vector<NamedTensor>* buffers,
               std::vector<std::pair<std::string, Module*>>* modules) const;

  std::vector<std::pair<std::string, at::Tensor*>> parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  std::string path_;
  bool training_ = true;
};

// A module that answers a batch with named tensors; the main one is "output".
class Network : public Module {
 public:
  Batch forward(const Batch& batch);
  // The type its operators compute in where torch.autocast would; answers are float all the same.
  void set_precision(at::ScalarType type) { precision_ = type; }

 protected:
  virtual Batch compute(const Batch& batch) = 0;

  at::ScalarType precision_ = at::kFloat;
};

// A network of one tensor: "input" in, "output" out.
class SimpleNetwork : public Network {
 public:
  using Network::forward;
  at::Tensor forward(const at::Tensor& input);

 protected:
  virtual at::Tensor compute(const at::Tensor& input) = 0;
  Batch compute(const Batch& batch) final { return {{"output", compute(batch["input"])}}; }
};

}  // namespace dlrun
