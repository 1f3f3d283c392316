// Reading safetensors from files we do not trust: every number of the header is checked before it is used.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "run/safetensors.h"
#include "run/safetensors_types.h"
#include "tensor/owned_memory.h"

namespace dlrun {
namespace {

constexpr uint64_t longest_header = 100'000'000;  // the reference implementation's limit
// Far beyond any real file. Short entries would take many times their bytes in memory.
constexpr size_t most_dimensions = 64, most_metadata = 65536;
constexpr size_t shortest_entry = std::string_view(R"("":{"dtype":"F32","shape":[],"data_offsets":[0,0]})").size();

// Fills the header while the JSON streams by. No tree is built: a tree would drop duplicate keys silently and can be
// made arbitrarily deep.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}
  std::string problem;

  bool start_object(size_t) override {
    if (place_ == Place::start) return enter(Place::top);
    if (place_ == Place::top && key_ == "__metadata__") return enter(Place::metadata);
    if (place_ == Place::top) {
      header_.tensors.push_back({.name = key_});
      has_ = {};
      return enter(Place::tensor);
    }
    return wrong("an object");
  }

  bool end_object() override {
    if (place_ == Place::tensor) {
      if (std::count(has_.begin(), has_.end(), true) != 3) return say("it needs dtype, shape and data_offsets");
      key_.clear();
    }
    place_ = place_ == Place::top ? Place::end : Place::top;
    return true;
  }

  bool key(std::string& key) override {
    key_ = key;
    bool fresh = true;  // Names of tensors are compared when all are there: a set of them would take more than they do.
    if (place_ == Place::tensor) {
      const auto known = std::find(std::begin(keys), std::end(keys), key);
      if (known == std::end(keys)) return say(fmt::format("unknown key '{}'", key));
      fresh = !std::exchange(has_[known - std::begin(keys)], true);
    } else if (place_ == Place::metadata) {
      fresh = !header_.metadata.contains(key);
    } else if (key == "__metadata__") {
      fresh = !std::exchange(has_metadata_, true);
    }
    if (!fresh) return say(fmt::format("'{}' stands there twice", key));
    return true;
  }

  bool start_array(size_t) override {
    if (place_ == Place::tensor && (key_ == "shape" || key_ == "data_offsets")) {
      offsets_.clear();
      return enter(Place::array);
    }
    return wrong("a list");
  }

  bool end_array() override {
    place_ = Place::tensor;
    if (key_ != "data_offsets") return true;
    if (offsets_.size() != 2) return say("data_offsets must be two numbers");
    header_.tensors.back().begin = offsets_[0];
    header_.tensors.back().end = offsets_[1];
    return true;
  }

  bool number_unsigned(uint64_t value) override {
    if (place_ != Place::array) return wrong("a number");
    if (key_ == "data_offsets") {
      if (offsets_.size() == 2) return say("data_offsets must be two numbers");
      offsets_.push_back(value);
    } else if (header_.tensors.back().shape.size() == most_dimensions) {
      return say(fmt::format("more than {} dimensions", most_dimensions));
    } else if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return say(fmt::format("a dimension of {}", value));
    } else {
      header_.tensors.back().shape.push_back(static_cast<int64_t>(value));
    }
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::metadata) {
      header_.metadata[key_] = value;
      if (header_.metadata.size() <= most_metadata) return true;
      return say(fmt::format("more than {} entries of metadata", most_metadata));
    }
    if (place_ != Place::tensor || key_ != "dtype") return wrong("a string");
    for (const SafetensorsType& type : safetensors_types) {
      if (type.name != value) continue;
      header_.tensors.back().dtype = type.type;
      return true;
    }
    return say(fmt::format("its dtype '{}' is not supported", value.substr(0, 40)));
  }

  bool null() override { return wrong("null"); }
  bool boolean(bool) override { return wrong("a boolean"); }
  bool number_integer(int64_t) override { return wrong("a negative number"); }
  bool number_float(double, const std::string&) override { return wrong("a fraction"); }
  bool binary(nlohmann::json::binary_t&) override { return wrong("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    problem = fmt::format("the header is not valid JSON at its byte {}", position);
    return false;
  }

 private:
  enum class Place { start, top, metadata, tensor, array, end };

  bool enter(Place place) {
    place_ = place;
    return true;
  }
  bool wrong(const char* what) {
    return say(fmt::format("{} where the format has none{}", what, key_.empty() ? "" : " (key '" + key_ + "')"));
  }
  bool say(const std::string& what) {
    bool inside = place_ == Place::tensor || place_ == Place::array;
    problem = inside ? fmt::format("tensor '{}': {}", header_.tensors.back().name, what) : "header: " + what;
    return false;
  }

  SafetensorsHeader& header_;
  Place place_ = Place::start;
  std::string key_;
  static constexpr std::string_view keys[] = {"dtype", "shape", "data_offsets"};  // of a tensor
  std::array<bool, 3> has_ = {};
  bool has_metadata_ = false;
  std::vector<uint64_t> offsets_;
};

// The first name that stands there twice; null when none does.
const std::string* repeated(const std::vector<TensorInfo>& tensors) {
  std::vector<const std::string*> names;
  names.reserve(tensors.size());
  for (const TensorInfo& info : tensors) names.push_back(&info.name);
  std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a < *b; });
  const auto found =
      std::adjacent_find(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a == *b; });
  return found == names.end() ? nullptr : *found;
}

// Bytes of a dense tensor; empty when the product does not fit.
std::optional<uint64_t> bytes_of(const TensorInfo& info) {
  uint64_t bytes = c10::elementSize(info.dtype);
  if (std::find(info.shape.begin(), info.shape.end(), 0) != info.shape.end()) return 0;
  for (int64_t size : info.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes)) return std::nullopt;
  }
  return bytes;
}

// A tensor whose other dimensions multiply beyond int64 while one is 0 would upset ATen's strides.
bool absurd(const TensorInfo& info) {
  int64_t product = 1;
  for (int64_t size : info.shape) {
    if (__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product)) return true;
  }
  return false;
}

uint64_t rounded(uint64_t size) { return (size + 15) / 16 * 16; }  // to what any type is aligned to

std::string problem_of(std::vector<TensorInfo>& tensors, uint64_t data_size) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  uint64_t expected = 0;
  for (const TensorInfo& info : tensors) {
    auto bytes = bytes_of(info);
    if (!bytes || absurd(info)) return fmt::format("tensor '{}': its shape is too large", info.name);
    if (info.end < info.begin || info.end - info.begin != *bytes) {
      return fmt::format("tensor '{}': its shape takes {} bytes, its data_offsets [{}, {}] say otherwise", info.name,
                         *bytes, info.begin, info.end);
    }
    if (info.end > data_size) {
      return fmt::format("tensor '{}' ends at byte {} of the data, but there are only {}: the file is cut short",
                         info.name, info.end, data_size);
    }
    if (info.begin != expected) {
      return fmt::format(
          "tensor '{}' begins at byte {} of the data, expected {}: data_offsets must leave no gap and not "
          "overlap",
          info.name, info.begin, expected);
    }
    expected = info.end;
  }
  if (expected == data_size) return "";
  return fmt::format("{} bytes of data, but its tensors take {}", data_size, expected);
}

}  // namespace

SafetensorsHeader parse_safetensors(const std::string& path, std::string_view bytes) {
  auto fail = [&](const std::string& what) -> UserError {
    return UserError(ExitCode::bad_data, fmt::format("{}: not a valid safetensors file: {}", path, what));
  };
  uint64_t length = 0;
  if (bytes.size() < sizeof length) throw fail(fmt::format("it has only {} bytes", bytes.size()));
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > longest_header) throw fail(fmt::format("its header claims {} bytes", length));
  if (length > bytes.size() - sizeof length) {
    throw fail(fmt::format("its header claims {} bytes, the file has {}", length, bytes.size()));
  }
  std::string_view text = bytes.substr(sizeof length, length);
  if (!text.starts_with('{')) throw fail("its header does not begin with '{'");
  SafetensorsHeader header;
  header.data_start = sizeof length + length;
  header.tensors.reserve(std::min<size_t>(std::count(text.begin(), text.end(), '{'), length / shortest_entry + 1));
  HeaderReader reader(header);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader)) throw fail(reader.problem);
  if (const std::string* name = repeated(header.tensors))
    throw fail(fmt::format("header: '{}' stands there twice", *name));
  std::string problem = problem_of(header.tensors, bytes.size() - header.data_start);
  if (!problem.empty()) throw fail(problem);
  return header;
}

Safetensors read_safetensors(const std::string& path) {
  return read_safetensors(path, FileSystem::instance().map(path));
}

Safetensors read_safetensors(const std::string& path, const FileBytes& file) {
  SafetensorsHeader header = parse_safetensors(path, file.text());
  Safetensors result;
  result.metadata = std::move(header.metadata);
  result.tensors.reserve(header.tensors.size());
  // Unaligned: legal in the format, not for the processor. They are copied into one block, for a block of its own takes
  // more than a small tensor has.
  uint64_t size_of_copies = 0;
  for (const TensorInfo& info : header.tensors)
    if (reinterpret_cast<uintptr_t>(file.bytes.data() + header.data_start + info.begin) % c10::elementSize(info.dtype))
      size_of_copies += rounded(info.end - info.begin);
  const auto block = std::make_shared<at::Tensor>(at::empty({static_cast<int64_t>(size_of_copies)}, at::kByte));
  auto* copied = static_cast<std::byte*>(size_of_copies == 0 ? nullptr : block->data_ptr());
  const OwnedMemory memory(file.owner), copies(block);
  for (TensorInfo& info : header.tensors) {
    std::byte* data = file.bytes.data() + header.data_start + info.begin;
    const size_t size = info.end - info.begin;
    const bool aligned = reinterpret_cast<uintptr_t>(data) % c10::elementSize(info.dtype) == 0;
    at::Tensor tensor = size == 0 ? at::empty(info.shape, at::TensorOptions().dtype(info.dtype))
                        : aligned ? memory.tensor(data, info.dtype, info.shape)
                                  : copies.tensor(copied, info.dtype, info.shape);
    if (size > 0 && !aligned) {
      std::memcpy(copied, data, size);
      copied += rounded(size);
    }
    result.tensors.emplace_back(std::move(info.name), std::move(tensor));
    info.shape = std::vector<int64_t>();  // The tensor holds it now.
  }
  return result;
}

}  // namespace dlrun
