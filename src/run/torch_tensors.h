// From the calls in a PyTorch pickle to tensors over the storages of its file.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/pickle.h"
#include "tensor/owned_memory.h"

namespace dlrun {

// The bytes behind the tensors of a file.
struct TorchStorages {
  std::shared_ptr<void> owner;
  std::map<std::string, std::span<std::byte>, std::less<>> bytes;  // by key
  bool big_endian = false;
};

// The functions, storage classes and types a pickle of tensors may name.
std::span<const std::string_view> torch_names();
// Bytes of one element of what a persistent id stands for. Throws UserError(bad_data) when it is no storage.
size_t element_size(const std::string& path, const PickleObject& persistent);
std::string_view storage_key(const std::string& path, const PickleObject& persistent);

class TorchTensors {
 public:
  // `most_bytes`: what all tensors together may take once they no longer share storages. `memory`: what their objects
  // and the copies of storages may take.
  TorchTensors(const std::string& path, const TorchStorages& storages, uint64_t most_bytes, uint64_t memory);

  // Those of kinds that are not read are tensors too, so that a weight is refused and not left out.
  static bool is_tensor(const PickleValue& value);
  // How many tensors there are, each once, however many names it has; the parts of sparse ones too.
  static size_t count(const Pickle& pickle);
  // A CPU tensor over the file's memory, with the strides it was stored with; over a copy where the bytes are not
  // aligned or of the other order. `name` is for messages. Throws UserError(bad_data) when it does not lie within its
  // storage or is of a type dlrun does not know.
  at::Tensor tensor(const std::string& name, const PickleValue& value);

 private:
  // Its bytes, in this machine's order, where elements of this size may lie.
  at::Tensor storage(const std::string& name, const PickleObject& persistent, size_t element);
  void take_memory(uint64_t bytes);

  const std::string& path_;
  const TorchStorages& storages_;
  OwnedMemory owned_;
  at::Tensor last_;  // storage that was asked for
  uint64_t most_bytes_, bytes_ = 0, memory_;
  std::map<std::pair<std::string, size_t>, at::Tensor> copies_;
};

// UserError(bad_data) about the file.
[[noreturn]] void torch_error(const std::string& path, const std::string& what);

}  // namespace dlrun
