// model.safetensors.index.json, pytorch_model.bin.index.json: which of several files holds which tensor.
//
// https://huggingface.co/docs/transformers/big_models

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dlrun {

struct WeightsIndex {
  std::vector<std::string> files;                       // names of files beside the index, sorted
  std::vector<std::pair<std::string, size_t>> tensors;  // sorted by name, with the place of its file in `files`
  std::optional<uint64_t> total_size;                   // bytes of all tensors, where it is stated
};

// `path` is for messages only. Throws UserError(bad_data), saying what is wrong, for text that is no such index, names
// that stand there twice, and files that do not lie beside it.
WeightsIndex parse_weights_index(const std::string& path, std::string_view text);

// The text transformers writes for this index. `parameters`: how many numbers are trained.
std::string weights_index_text(const WeightsIndex& index, int64_t parameters);

}  // namespace dlrun
