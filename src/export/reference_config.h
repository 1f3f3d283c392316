// config.json, with which transformers and timm make a network before they load its weights.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/reference.h"

namespace dlrun {

// What is known about the inputs and outputs of an exported network.
struct ModelFacts {
  std::string dtype = "float32";     // of its weights
  std::vector<int64_t> input_shape;  // one sample
  std::vector<double> mean, std;     // per channel, of pixels in [0, 1]
  std::vector<std::string> classes;  // names by index; empty where the outputs are no classes
};

// Nothing where the library has no such file, or cannot make this network (reference.obstacle).
std::optional<nlohmann::ordered_json> reference_config(const Reference& reference, const ModelFacts& facts);

}  // namespace dlrun
