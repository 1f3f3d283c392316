// Weights as a folder of safetensors files.

#include "run/weights_folder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/files.h"
#include "run/safetensors.h"
#include "run/weights_index.h"

namespace dlrun {
namespace {

constexpr const char *whole_name = "model.safetensors", *index_name = "model.safetensors.index.json";

std::vector<TensorList> shards_of(const TensorList& tensors, uint64_t most) {
  std::vector<TensorList> shards;
  TensorList current;
  uint64_t size = 0;
  for (const auto& each : tensors) {
    const uint64_t bytes = each.second.nbytes();
    if (bytes > most) {
      shards.push_back({each});
      continue;
    }
    if (size + bytes > most) {
      shards.push_back(std::move(current));
      current.clear();
      size = 0;
    }
    current.push_back(each);
    size += bytes;
  }
  if (!current.empty() || shards.empty()) shards.push_back(std::move(current));
  return shards;
}

}  // namespace

std::vector<std::string> save_weights_folder(const std::string& folder, const TensorList& tensors,
                                             const WeightsFolder& options) {
  const std::vector<TensorList> shards = shards_of(tensors, options.shard_bytes);
  std::vector<std::string> written;
  WeightsIndex index;
  index.total_size = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        shards.size() == 1 ? whole_name : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    index.files.push_back(name);
    for (const auto& [tensor, value] : shards[i]) {
      index.tensors.emplace_back(tensor, i);
      *index.total_size += value.nbytes();
    }
    written.push_back(folder + "/" + name);
    write_safetensors(written.back(), shards[i], options.metadata);
  }
  if (shards.size() > 1) {
    written.push_back(folder + "/" + index_name);
    write_text_atomically(written.back(), weights_index_text(index, options.parameters));
  }
  return written;
}

}  // namespace dlrun
