// Protobuf's wire format: tags, varints, lengths. Nothing here trusts a number it read.

#include "onnx/wire.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/text.h"

namespace dlrun {

static_assert(std::endian::native == std::endian::little, "the format is little endian, and we copy memory as it is");

namespace {

enum Type : uint32_t { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };

// Names come from the file: unprintable or endless ones must not spoil a message.
std::string shown(std::string_view name) {
  std::string text;
  for (const char letter : name.substr(0, 80)) text += static_cast<unsigned char>(letter) < 32 ? '?' : letter;
  if (invalid_utf8(text) != std::string::npos) text.resize(invalid_utf8(text));
  return name.size() > 80 ? text + "..." : text;
}

}  // namespace

std::string WirePlace::text() const {
  std::string text = parent ? parent->text() : "";
  if (!text.empty() && !field.empty()) text += '.';
  text += field;
  if (index >= 0) text += fmt::format("[{}]", index);
  if (!name.empty()) text += fmt::format(" '{}'", shown(name));
  return text;
}

WireError::WireError(const WirePlace& place, const std::string& what)
    : std::runtime_error(place.text().empty() ? what : place.text() + ": " + what) {}

bool next_packed(std::string_view& rest, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (rest.empty()) return false;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

uint64_t WireReader::raw_varint(const char* of) {
  uint64_t value = 0;
  if (!next_packed(rest_, value)) fail(fmt::format("{} is cut short or longer than 64 bits", of));
  return value;
}

std::string_view WireReader::take(uint64_t size) {
  if (size > rest_.size()) fail(fmt::format("a value of {} bytes where {} are left", size, rest_.size()));
  std::string_view result = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return result;
}

bool WireReader::next() {
  if (pending_) {
    pending_ = false;
    if (type_ == varint_type) {
      raw_varint("a number");
    } else {
      take(type_ == fixed64_type ? 8 : type_ == fixed32_type ? 4 : raw_varint("a length"));
    }
  }
  if (rest_.empty()) return false;
  const uint64_t tag = raw_varint("a tag");
  if (tag >> 3 == 0 || tag >> 3 >= uint64_t{1} << 29) fail(fmt::format("field number {} is none", tag >> 3));
  field_ = static_cast<uint32_t>(tag >> 3);
  type_ = static_cast<uint32_t>(tag & 7);
  if (type_ > fixed32_type || type_ == 3 || type_ == 4) {
    fail(fmt::format("field {} has wire type {}: this is not an ONNX file, or it is damaged", field_, type_));
  }
  pending_ = true;
  return true;
}

void WireReader::expect(uint32_t type) const {
  if (type_ != type) fail(fmt::format("field {} has wire type {}, expected {}", field_, type_, type));
}

uint64_t WireReader::varint() {
  expect(varint_type);
  pending_ = false;
  return raw_varint("a number");
}

float WireReader::fixed32() {
  expect(fixed32_type);
  pending_ = false;
  float value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

std::string_view WireReader::number_bytes() {
  if (packed()) return bytes();
  if (type_ != fixed64_type) expect(fixed32_type);
  pending_ = false;
  return take(type_ == fixed64_type ? 8 : 4);
}

std::string_view WireReader::bytes() {
  expect(bytes_type);
  pending_ = false;
  return take(raw_varint("a length"));
}

std::string WireReader::utf8() {
  const std::string_view value = bytes();
  if (invalid_utf8(value) != std::string::npos) fail(fmt::format("field {} is not valid UTF-8", field_));
  return std::string(value);
}

void WireWriter::raw(std::string_view bytes) {
  // Texts grow in place; a lent value ends its piece.
  if (pieces_.empty() || !pieces_.back().lent.empty()) pieces_.emplace_back();
  pieces_.back().owned += bytes;
  size_ += bytes.size();
}

void WireWriter::raw_varint(uint64_t value) {
  char buffer[10];
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) buffer[size++] = static_cast<char>(value | 0x80);
  buffer[size++] = static_cast<char>(value);
  raw({buffer, size});
}

void WireWriter::varint(uint32_t field, uint64_t value) {
  head(field, varint_type);
  raw_varint(value);
}

void WireWriter::fixed32(uint32_t field, float value) {
  head(field, fixed32_type);
  raw({reinterpret_cast<const char*>(&value), sizeof value});
}

void WireWriter::fixed64(uint32_t field, double value) {
  head(field, fixed64_type);
  raw({reinterpret_cast<const char*>(&value), sizeof value});
}

void WireWriter::packed(uint32_t field, std::span<const double> values) {
  bytes(field, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

void WireWriter::bytes(uint32_t field, std::string_view value) {
  head(field, bytes_type);
  raw_varint(value.size());
  raw(value);
}

void WireWriter::message(uint32_t field, WireWriter&& value) {
  head(field, bytes_type);
  raw_varint(value.size_);
  if (value.pieces_.empty()) return;
  size_ += value.size_;
  pieces_.back().owned += value.pieces_.front().owned;
  pieces_.back().lent = value.pieces_.front().lent;
  value.pieces_.pop_front();
  pieces_.splice(pieces_.end(), value.pieces_);
  value.size_ = 0;
}

void WireWriter::borrowed(uint32_t field, std::span<const std::byte> value) {
  head(field, bytes_type);
  raw_varint(value.size());
  pieces_.back().lent = value;
  size_ += value.size();
}

void WireWriter::write(FileWriter& file) const {
  // Small pieces are gathered: a network has hundreds of tensors, and each write is a system call.
  constexpr size_t enough = size_t{1} << 20;
  std::string gathered;
  auto add = [&](std::string_view bytes) {
    if (gathered.size() + bytes.size() > enough) {
      file.write(gathered);
      gathered.clear();
    }
    if (bytes.size() > enough) return file.write(bytes);
    gathered += bytes;
  };
  for (const Piece& piece : pieces_) {
    add(piece.owned);
    add({reinterpret_cast<const char*>(piece.lent.data()), piece.lent.size()});
  }
  file.write(gathered);
}

std::string WireWriter::all() const {
  std::string bytes;
  for (const Piece& piece : pieces_) {
    bytes += piece.owned;
    bytes.append(reinterpret_cast<const char*>(piece.lent.data()), piece.lent.size());
  }
  return bytes;
}

}  // namespace dlrun
