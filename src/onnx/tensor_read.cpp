// TensorProto: shape and type first, then the data, from whichever of its eight places holds them.

#include "onnx/tensor_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/units.h"
#include "onnx/proto.h"

namespace dlrun {
namespace {

namespace field = onnx::tensor;
constexpr uint64_t tensor_overhead = 512;  // of an at::Tensor beside its data
constexpr size_t most_rank = 64;           // ATen's

struct Header {
  std::vector<int64_t> shape;
  const onnx::ElementType* type = nullptr;
  std::string name;
  std::optional<std::string_view> raw;
  uint32_t typed = 0;  // the field that holds typed data
  bool is_external = false;
  std::vector<std::pair<std::string, std::string>> external;
};

bool is_typed_data(uint32_t number) {
  return number == field::float_data || number == field::int32_data || number == field::int64_data ||
         number == field::double_data || number == field::uint64_data;
}

std::pair<std::string, std::string> read_entry(std::string_view bytes, const WirePlace& place) {
  WireReader reader(bytes, place);
  std::pair<std::string, std::string> result;
  while (reader.next()) {
    if (reader.field() == onnx::entry::key) result.first = reader.utf8();
    if (reader.field() == onnx::entry::value) result.second = reader.utf8();
  }
  return result;
}

void read_dimensions(WireReader& reader, std::vector<int64_t>& shape) {
  auto add = [&](uint64_t size) {
    if (shape.size() == most_rank) reader.fail(fmt::format("more than {} dimensions", most_rank));
    if (size > uint64_t{std::numeric_limits<int64_t>::max()}) {
      reader.fail(fmt::format("a dimension of {}", static_cast<int64_t>(size)));
    }
    shape.push_back(static_cast<int64_t>(size));
  };
  if (!reader.packed()) return add(reader.varint());
  uint64_t size = 0;
  for (std::string_view rest = reader.bytes(); !rest.empty(); add(size)) {
    if (!next_packed(rest, size)) reader.fail("its dimensions are cut short");
  }
}

Header read_header(std::string_view bytes, WirePlace& place, OnnxReading& reading) {
  Header header;
  WireReader reader(bytes, place);
  while (reader.next()) {
    const uint32_t number = reader.field();
    if (number == field::dims) {
      read_dimensions(reader, header.shape);
    } else if (number == field::data_type) {
      const uint64_t type = reader.varint();
      header.type = onnx::element_type(type);
      if (!header.type) reader.fail(fmt::format("element type {} is not known", type));
    } else if (number == field::name) {
      header.name = reader.utf8();
      place.name = header.name;
    } else if (number == field::segment) {
      reader.fail("tensors in segments are not supported");
    } else if (number == field::raw_data) {
      header.raw = reader.bytes();
    } else if (is_typed_data(number)) {
      if (header.typed != 0 && header.typed != number) reader.fail("its data stand in two fields");
      header.typed = number;
    } else if (number == field::external_data) {
      reading.take_memory(128, place);
      header.external.push_back(read_entry(reader.bytes(), place));
    } else if (number == field::data_location) {
      const uint64_t location = reader.varint();
      if (location > 1) reader.fail(fmt::format("data_location {} is not known", location));
      header.is_external = location == 1;
    }
  }
  if (!header.type || header.type->number == 0) reader.fail("it has no element type");
  if (!header.type->type) reader.fail(fmt::format("tensors of type {} are not supported", header.type->name));
  return header;
}

// The elements and bytes of a shape. Sizes beside a 0 are checked too: their strides must fit.
uint64_t elements_of(const Header& header, const WirePlace& place) {
  int64_t product = static_cast<int64_t>(c10::elementSize(*header.type->type)), elements = 1;
  for (const int64_t size : header.shape) {
    if (__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product)) {
      throw WireError(place, "its shape is too large");
    }
    elements *= size;
  }
  return static_cast<uint64_t>(elements);
}

// Numbers of int32_data, int64_data and uint64_data, packed or not, stored as elements of `type`.
struct IntegerStore {
  at::ScalarType type;
  std::byte* to;
  const std::byte* end;

  bool put(uint64_t bits) {
    const size_t size = c10::elementSize(type);
    if (to == end || !fits(static_cast<int64_t>(bits), size)) return false;
    std::memcpy(to, &bits, size);
    to += size;
    return true;
  }
  bool fits(int64_t value, size_t size) const {
    if (size == 8) return true;
    const int64_t values = int64_t{1} << (8 * size);
    if (type == at::kBool) return value == 0 || value == 1;
    if (type == at::kInt || type == at::kShort || type == at::kChar) return value >= -values / 2 && value < values / 2;
    return value >= 0 && value < values;  // Unsigned, or the bits of a small float.
  }
};

at::Tensor read_typed(std::string_view bytes, const Header& header, uint64_t elements, const WirePlace& place,
                      OnnxReading& reading) {
  const at::ScalarType type = *header.type->type;
  const uint64_t size = elements * c10::elementSize(type);
  auto wrong_count = [&]() -> WireError {
    return {place, fmt::format("its shape [{}] does not fit its data", fmt::join(header.shape, ", "))};
  };
  // No element takes less than a byte of the file: what the shape promises beyond that is a lie.
  if (elements > bytes.size()) throw wrong_count();
  reading.take_memory(size, place);
  at::Tensor tensor = at::empty(header.shape, at::TensorOptions().dtype(type));
  auto* data = static_cast<std::byte*>(size == 0 ? nullptr : tensor.data_ptr());
  const bool integers = header.typed != field::float_data && header.typed != field::double_data;
  IntegerStore store{type, data, data + size};
  auto put = [&](uint64_t value) {
    if (store.to == store.end) throw wrong_count();
    if (!store.put(value))
      throw WireError(place, fmt::format("{} is not a {}", static_cast<int64_t>(value), header.type->name));
  };
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() != header.typed) continue;
    if (!integers) {
      const std::string_view chunk = reader.number_bytes();
      if (chunk.size() > static_cast<size_t>(store.end - store.to)) throw wrong_count();
      if (!chunk.empty()) std::memcpy(store.to, chunk.data(), chunk.size());
      store.to += chunk.size();
    } else if (reader.packed()) {
      uint64_t value = 0;
      for (std::string_view rest = reader.bytes(); !rest.empty(); put(value)) {
        if (!next_packed(rest, value)) reader.fail("its data are cut short");
      }
    } else {
      put(reader.varint());
    }
  }
  if (store.to != store.end) throw wrong_count();
  return tensor;
}

uint64_t number_of(const std::string& text, const std::string& key, const WirePlace& place) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw WireError(place, fmt::format("external data: {} '{}' is not a number of bytes", key, text.substr(0, 40)));
}

at::Tensor read_external(const Header& header, uint64_t size, const WirePlace& place, OnnxReading& reading) {
  ExternalRegion region{"", 0, size};
  for (const auto& [key, value] : header.external) {
    if (key == "location") region.location = value;
    if (key == "offset") region.offset = number_of(value, key, place);
    if (key == "length" && number_of(value, key, place) != size) {
      throw WireError(place, fmt::format("external data: its shape [{}] takes {} bytes, its length says {}",
                                         fmt::join(header.shape, ", "), size, value));
    }
  }
  return reading.external.tensor(region, *header.type->type, header.shape, place);
}

// Bytes other than 0 and 1 are no bool in C++.
void check_bools(const at::Tensor& tensor, const WirePlace& place) {
  if (tensor.scalar_type() != at::kBool) return;
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  const auto* wrong = std::find_if(bytes, bytes + tensor.nbytes(), [](unsigned char byte) { return byte > 1; });
  if (wrong != bytes + tensor.nbytes()) throw WireError(place, fmt::format("{} is not a BOOL", *wrong));
}

}  // namespace

void OnnxReading::take_memory(uint64_t bytes, const WirePlace& place) {
  if (bytes > memory) {
    throw WireError(place, "the file asks for more than ten times its size in memory: it is damaged, or made to harm");
  }
  memory -= bytes;
}

OnnxTensor read_onnx_tensor(std::string_view bytes, const WirePlace& outer, OnnxReading& reading) {
  WirePlace place = outer;
  reading.take_memory(tensor_overhead, place);
  const Header header = read_header(bytes, place, reading);
  const uint64_t elements = elements_of(header, place);
  const uint64_t size = elements * c10::elementSize(*header.type->type);
  if (int{header.raw.has_value()} + int{header.typed != 0} + int{header.is_external} > 1) {
    throw WireError(place, "its data stand in two fields");
  }
  if (header.typed != 0 && header.typed != header.type->data) {
    throw WireError(place, fmt::format("field {} cannot hold data of type {}", header.typed, header.type->name));
  }
  OnnxTensor result{header.name, {}};
  if (header.is_external) {
    result.value = read_external(header, size, place, reading);
  } else if (header.typed != 0) {
    result.value = read_typed(bytes, header, elements, place, reading);
  } else {
    const std::string_view raw = header.raw.value_or("");
    if (raw.size() != size) {
      throw WireError(place, fmt::format("its shape [{}] takes {} bytes, its data have {}",
                                         fmt::join(header.shape, ", "), size, raw.size()));
    }
    reading.take_memory(size, place);
    result.value = tensor_over(reading.owner, raw, *header.type->type, header.shape);
  }
  check_bools(result.value, place);
  return result;
}

}  // namespace dlrun
