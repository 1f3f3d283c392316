// A batch: a small ordered set of named tensors, each of which says how its rows belong to the samples.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

// What the first dimension of a field counts.
enum class Rows {
  sample,  // samples: row i is sample i
  packed,  // rows of all samples, one sample after the other; "<name>.offsets" [count + 1] int64 says whose
  whole,   // nothing of a single sample: the field belongs to the batch as one (edges of a graph, a prompt)
};

const char* name_of(Rows rows);                         // "packed"
std::optional<Rows> rows_named(std::string_view name);  // none where it is no such name

// Somebody reads a tensor that the batch does not have.
struct NoSuchTensor : std::runtime_error {
  explicit NoSuchTensor(std::string_view tensor)
      : std::runtime_error("a batch without '" + std::string(tensor) + "'"), name(tensor) {}
  std::string name;
};

// Somebody wants some samples of a batch that has a field of all of them as one.
struct CannotBeCut : std::runtime_error {
  explicit CannotBeCut(std::string_view field)
      : std::runtime_error("'" + std::string(field) + "' belongs to all samples of its batch as one"), name(field) {}
  std::string name;
};

// Usual names: "input", "target"; graphs add "edge_index" [2, E] int64 and "mask" [N] bool; sequences of unequal
// lengths add "<name>.lengths" [B] int64; a second stream or view has the same names behind a prefix ("second.input").
// Networks answer with a batch too; their main answer is named "output".
class Batch {
 public:
  struct Item {
    std::string name;
    at::Tensor value;
    Rows rows = Rows::sample;
  };

  Batch() = default;
  Batch(std::initializer_list<std::pair<std::string, at::Tensor>> items) {
    for (const auto& [name, value] : items) items_.push_back({name, value});
  }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const at::Tensor& operator[](std::string_view name) const { return item(name).value; }  // throws NoSuchTensor
  Rows rows(std::string_view name) const { return item(name).rows; }                      // throws NoSuchTensor
  void set(std::string_view name, at::Tensor value, Rows rows);                           // adds, or replaces both
  void set(std::string_view name, at::Tensor value);  // adds rows of samples, or replaces the tensor alone
  void erase(std::string_view name);
  const std::vector<Item>& items() const { return items_; }
  TensorList tensors() const;  // names and values alone
  Batch to(const at::Device& device) const;

  // Samples first to first + length - 1, of every field; views where rows allow it. Throws CannotBeCut.
  Batch cut(int64_t first, int64_t length) const;
  // The name of a field that cut() would refuse, or "".
  std::string whole_field() const;
  // The fields whose names begin with `prefix`, without it: one stream or view of several, of as many samples.
  Batch named(std::string_view prefix) const;

  int64_t count = 0;  // samples in it: the unit of the rate
  // Of its samples in their split, where they come from one: for messages, for randomness that is tied to a sample.
  std::vector<int64_t> ids;

 private:
  const Item* find(std::string_view name) const;
  const Item& item(std::string_view name) const;
  Item* slot(std::string_view name) { return const_cast<Item*>(find(name)); }

  std::vector<Item> items_;
};

}  // namespace dlrun
