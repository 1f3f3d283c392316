// Weights as a folder that transformers, timm and dlrun load: one safetensors file, or several with an index.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

struct WeightsFolder {
  uint64_t shard_bytes = 5'000'000'000;  // most bytes of tensors in one file; a larger tensor has a file of its own
  int64_t parameters = 0;                // how many numbers are trained; stated in the index
  std::map<std::string, std::string> metadata;  // of every file
};

// Writes the tensors, in their order, into the folder, which exists and holds no others: model.safetensors, or
// model-00001-of-0000N.safetensors and model.safetensors.index.json, cut as huggingface_hub cuts. Returns the paths
// written, the index last. Throws UserError as FileSystem does.
std::vector<std::string> save_weights_folder(const std::string& folder, const TensorList& tensors,
                                             const WeightsFolder& options);

}  // namespace dlrun
