// Protobuf's wire format, by hand: what ONNX files and TensorBoard's event files are written in.
// https://protobuf.dev/programming-guides/encoding

#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace dlrun {

// Where in a message we are, as a chain on the stack; it becomes text only when something is wrong.
struct WirePlace {
  const WirePlace* parent = nullptr;
  std::string_view field;
  int64_t index = -1;          // of a repeated field
  std::string_view name = {};  // what it calls itself, once known
  std::string text() const;    // "graph.node[3] 'conv1'"
};

// What is wrong with a message, and where. Readers turn it into a UserError that names the file.
struct WireError : std::runtime_error {
  WireError(const WirePlace& place, const std::string& what);
};

// The fields of one message, one after the other. The bytes must outlive it. Every function throws WireError when the
// bytes end early or hold another type than the one asked for.
class WireReader {
 public:
  WireReader(std::string_view bytes, const WirePlace& place) : rest_(bytes), place_(place) {}

  bool next();  // to the next field, over the value of this one; false at the end
  uint32_t field() const { return field_; }

  uint64_t varint();
  int64_t integer() { return static_cast<int64_t>(varint()); }
  float fixed32();
  std::string_view bytes();         // a text, bytes or a message
  std::string_view number_bytes();  // as they lie there: of one number of 4 or 8 bytes, or of many packed ones
  std::string utf8();               // a text; throws when it is not valid UTF-8
  bool packed() const { return type_ == 2; }  // a repeated number: bytes() holds many

  [[noreturn]] void fail(const std::string& what) const { throw WireError(place_, what); }

 private:
  uint64_t raw_varint(const char* of);
  std::string_view take(uint64_t size);
  void expect(uint32_t type) const;

  std::string_view rest_;
  const WirePlace& place_;
  uint32_t field_ = 0, type_ = 0;
  bool pending_ = false;  // the value of this field was not read yet
};

// Varints packed one behind the other, as in the value of a packed repeated field.
bool next_packed(std::string_view& rest, uint64_t& value);  // false when the bytes are cut short or too long

// A message being written. Fields must come in the order of their numbers to equal what protobuf writes. Large values
// are borrowed, not copied: they must live until write().
class WireWriter {
 public:
  void varint(uint32_t field, uint64_t value);
  void integer(uint32_t field, int64_t value) { varint(field, static_cast<uint64_t>(value)); }
  void fixed32(uint32_t field, float value);
  void fixed64(uint32_t field, double value);
  void packed(uint32_t field, std::span<const double> values);  // a repeated double
  void bytes(uint32_t field, std::string_view value);
  void text(uint32_t field, std::string_view value) {
    if (!value.empty()) bytes(field, value);
  }
  void message(uint32_t field, WireWriter&& value);
  void borrowed(uint32_t field, std::span<const std::byte> value);

  uint64_t size() const { return size_; }
  void write(FileWriter& file) const;
  std::string all() const;  // the same bytes as one text, for small messages

 private:
  struct Piece {
    std::string owned;
    std::span<const std::byte> lent;  // behind `owned`
  };
  void raw(std::string_view bytes);
  void raw_varint(uint64_t value);
  void head(uint32_t field, uint32_t type) { raw_varint(uint64_t{field} << 3 | type); }

  std::list<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace dlrun
