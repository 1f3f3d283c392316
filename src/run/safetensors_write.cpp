// Writing safetensors: the header is known before the data, so tensors stream out one by one, hashed on the way.

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/files.h"
#include "base/hash.h"
#include "base/output_file.h"
#include "run/safetensors.h"
#include "run/safetensors_types.h"

namespace dlrun {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little endian, and we write memory as it is");

int64_t rank_of(at::ScalarType type) {
  const auto* found = std::find_if(std::begin(safetensors_types), std::end(safetensors_types),
                                   [type](const SafetensorsType& each) { return each.type == type; });
  TORCH_INTERNAL_ASSERT(found != std::end(safetensors_types), "no safetensors type for ", c10::toString(type));
  return found - std::begin(safetensors_types);
}

TensorList sorted(const TensorList& tensors) {
  TensorList result = tensors;
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    int64_t left = rank_of(a.second.scalar_type()), right = rank_of(b.second.scalar_type());
    return left != right ? left > right : a.first < b.first;
  });
  return result;
}

// Put together as text: nlohmann's ordered objects search through all keys for each new one.
std::string header_of(const TensorList& tensors, const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + nlohmann::json(metadata).dump();
  std::set<std::string_view> names = {"__metadata__"};
  size_t start = 0;
  for (const auto& [name, tensor] : tensors) {
    TORCH_INTERNAL_ASSERT(names.insert(name).second, "tensor name used twice: ", name);
    const nlohmann::ordered_json entry = {{"dtype", safetensors_types[rank_of(tensor.scalar_type())].name},
                                          {"shape", tensor.sizes().vec()},
                                          {"data_offsets", {start, start + tensor.nbytes()}}};
    text += (text.size() > 1 ? "," : "") + nlohmann::json(name).dump() + ":" + entry.dump();
    start += tensor.nbytes();
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

WrittenFile write_safetensors(FileWriter& file, const TensorList& tensors,
                              const std::map<std::string, std::string>& metadata) {
  TensorList list = sorted(tensors);
  std::string header = header_of(list, metadata);
  Hasher hasher;
  WrittenFile written;
  // Small tensors are gathered: a network has hundreds, and each write is a system call.
  std::vector<std::byte> gathered;
  constexpr size_t enough = size_t{1} << 20;
  auto put = [&](std::span<const std::byte> bytes) {
    hasher.update(bytes);
    file.write(bytes);
    written.size += bytes.size();
  };
  auto add = [&](const void* data, size_t size) {
    if (gathered.size() + size > enough) {
      put(gathered);
      gathered.clear();
    }
    std::span bytes(static_cast<const std::byte*>(data), size);
    if (size > enough) return put(bytes);
    gathered.insert(gathered.end(), bytes.begin(), bytes.end());
  };
  uint64_t length = header.size();
  add(&length, sizeof length);
  add(header.data(), header.size());
  for (const auto& [name, tensor] : list) {
    at::Tensor plain = tensor.detach().cpu().contiguous();
    add(plain.const_data_ptr(), plain.nbytes());
  }
  put(gathered);
  file.sync();
  written.hash = hasher.hex();
  return written;
}

WrittenFile write_safetensors(const std::string& path, const TensorList& tensors,
                              const std::map<std::string, std::string>& metadata) {
  const auto file = FileSystem::instance().open_for_writing(path, WriteMode::truncate);
  return write_safetensors(*file, tensors, metadata);
}

WrittenFile save_safetensors(const std::string& path, const TensorList& tensors,
                             const std::map<std::string, std::string>& metadata) {
  OutputFile file(path);
  const WrittenFile written = write_safetensors(file.writer(), tensors, metadata);
  file.commit();
  return written;
}

}  // namespace dlrun
