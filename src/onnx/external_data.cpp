// External data: a path and two numbers from a file we do not trust.

#include "onnx/external_data.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace dlrun {

at::Tensor tensor_over(const std::shared_ptr<void>& owner, std::string_view bytes, at::ScalarType type,
                       const std::vector<int64_t>& shape) {
  const auto options = at::TensorOptions().dtype(type);
  if (bytes.empty()) return at::empty(shape, options);
  void* data = const_cast<char*>(bytes.data());  // A private mapping: writing into it changes no file.
  const size_t alignment = std::min<size_t>(c10::elementSize(type), 8);
  if (owner && reinterpret_cast<uintptr_t>(data) % alignment == 0) {
    return at::from_blob(
        data, shape, [owner](void*) {}, options);
  }
  at::Tensor copy = at::empty(shape, options);
  std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
  return copy;
}

ExternalData::File& ExternalData::open(const std::string& location, const WirePlace& place) {
  auto refuse = [&](const std::string& why) -> WireError {
    return {place, fmt::format("external data in '{}': {}", location.substr(0, 200), why)};
  };
  auto found = files_.find(location);
  if (found != files_.end()) return found->second;
  if (location.empty() || location.find('\0') != std::string::npos) throw refuse("this is not the name of a file");
  if (location.front() == '/' || location.find('\\') != std::string::npos) {
    throw refuse("the path must be relative to the model's folder, with '/' between its parts");
  }
  FileSystem& files = FileSystem::instance();
  std::string path = folder_;
  for (const std::string& part : split(location, '/')) {
    if (part.empty() || part == "." || part == "..") throw refuse("the path must stay below the model's folder");
    path += "/" + part;
    if (files.is_link(path)) throw refuse("a link, which could leave the model's folder; put the file itself there");
  }
  const FileKind kind = files.kind(path);
  if (kind == FileKind::none) {
    throw UserError(ExitCode::no_input, fmt::format("{}: no such file, but {} has its data there. Copy it beside the "
                                                    "model.",
                                                    path, place.text()));
  }
  if (kind != FileKind::file) throw refuse("not a regular file");
  return files_[location] = {files.map(path), {}};
}

at::Tensor ExternalData::tensor(const ExternalRegion& region, at::ScalarType type, const std::vector<int64_t>& shape,
                                const WirePlace& place) {
  File& file = open(region.location, place);
  const uint64_t size = file.content.bytes.size();
  if (region.offset > size || region.bytes > size - region.offset) {
    throw WireError(place, fmt::format("its data are bytes {} to {} of '{}', which has {}: the file is cut short, or "
                                       "of another model",
                                       region.offset, region.offset + region.bytes, region.location, size));
  }
  const std::string_view bytes = file.content.text().substr(region.offset, region.bytes);
  if (bytes.empty()) return tensor_over(nullptr, bytes, type, shape);
  const uint64_t end = region.offset + region.bytes;
  auto next = file.used.upper_bound(region.offset);
  if (next != file.used.begin()) {
    const auto& [begin, used] = *std::prev(next);
    if (begin == region.offset && used.end == end && used.value.scalar_type() == type) return used.value.view(shape);
    if (used.end > region.offset)
      throw WireError(place, fmt::format("its data in '{}' overlap others", region.location));
  }
  if (next != file.used.end() && next->first < end) {
    throw WireError(place, fmt::format("its data in '{}' overlap others", region.location));
  }
  at::Tensor value = tensor_over(file.content.owner, bytes, type, shape);
  file.used[region.offset] = {end, value};
  return value;
}

}  // namespace dlrun
