// What a network is in the Python library whose names its weights carry: data for those who read and write weights.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace dlrun {

struct Reference {
  std::string library;              // "transformers", "timm", "torch_geometric"
  std::string model;                // a class or an entry of its registry: "GPT2LMHeadModel", "resnet18"
  nlohmann::ordered_json settings;  // what the library's own configuration says of this very network
  std::string obstacle;             // why it cannot, as a sentence; empty: it can
  // For files of that library: ends of names of tensors that are no weights, and other names of tensors held once.
  std::vector<std::string> constants;
  std::vector<std::pair<std::string, std::string>> tied;
};

}  // namespace dlrun
