// What a network is in the Python library whose names its weights carry: data for those who read and write weights.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dlrun {

// A value in a library's own configuration; null where the library is told that there is none.
using ReferenceValue = std::variant<std::nullptr_t, bool, int64_t, double, std::string>;

struct Reference {
  std::string library;   // "transformers", "timm", "torchvision", "torch_geometric"
  std::string model;     // a class or an entry of its registry: "GPT2LMHeadModel", "resnet18"
  std::string obstacle;  // why it cannot, as a sentence; empty: it can
  // What the library's own configuration says of this very network, in its order: "n_embd", "model_args.in_chans".
  std::vector<std::pair<std::string, ReferenceValue>> settings;
  // For files of that library: ends of names of tensors that are no weights, and other names of tensors held once.
  std::vector<std::string> constants;
  std::vector<std::pair<std::string, std::string>> tied;
  // Names that its older versions and other libraries have for the same tensors: expressions, and what they become.
  std::vector<std::pair<std::string, std::string>> renamed;
};

}  // namespace dlrun
