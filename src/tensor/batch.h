// A batch: a small ordered set of named tensors.

#pragma once

#include <ATen/ATen.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dlrun {

// Somebody reads a tensor that the batch does not have.
struct NoSuchTensor : std::runtime_error {
  explicit NoSuchTensor(std::string_view tensor)
      : std::runtime_error("a batch without '" + std::string(tensor) + "'"), name(tensor) {}
  std::string name;
};

// Usual names: "input", "target"; graphs add "edge_index" [2, E] int64 and "mask" [N] bool; unequal lengths add
// "lengths" [B] int64. Networks answer with one too; their main answer is named "output".
class Batch {
 public:
  Batch() = default;
  Batch(std::initializer_list<std::pair<std::string, at::Tensor>> items) : items_(items) {}

  bool has(std::string_view name) const;
  const at::Tensor& operator[](std::string_view name) const;  // throws NoSuchTensor
  void set(std::string_view name, at::Tensor value);          // adds or replaces
  void erase(std::string_view name);
  const std::vector<std::pair<std::string, at::Tensor>>& items() const { return items_; }
  Batch to(const at::Device& device) const;

  int64_t count = 0;  // samples in it: the weight of its mean loss, the unit of the rate

 private:
  std::vector<std::pair<std::string, at::Tensor>> items_;
};

}  // namespace dlrun
