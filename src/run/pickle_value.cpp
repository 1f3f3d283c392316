// Values and objects of a pickle.

#include <algorithm>
#include <bit>

#include "run/pickle.h"

namespace dlrun {

PickleObject::PickleObject(Kind kind, std::span<const PickleValue> items, uint8_t name)
    : kind(kind), name(name), size_(static_cast<uint32_t>(items.size())), items_(items.data()) {}

PickleObject::~PickleObject() {
  if (grows()) delete[] items_;
}

// Room doubles, so that it follows from the size.
size_t PickleObject::room() const { return size_ == 0 ? 0 : std::bit_ceil(size_t{size_}); }

void PickleObject::append(std::span<const PickleValue> values) {
  if (values.empty()) return;
  auto* items = const_cast<PickleValue*>(items_);  // Its own: it grows.
  const size_t size = size_ + values.size(), wanted = std::bit_ceil(size);
  if (wanted != room()) {
    items = new PickleValue[wanted];
    std::copy_n(items_, size_, items);
    delete[] items_;
    items_ = items;
  }
  std::copy(values.begin(), values.end(), items + size_);
  size_ = static_cast<uint32_t>(size);
}

std::optional<std::string_view> text_in(const PickleValue& value) {
  if (value.kind != PickleValue::Kind::text) return std::nullopt;
  return std::string_view(value.text, value.length);
}

std::optional<int64_t> integer_in(const PickleValue& value) {
  return value.kind == PickleValue::Kind::integer ? std::optional(value.integer) : std::nullopt;
}

std::optional<bool> truth_in(const PickleValue& value) {
  return value.kind == PickleValue::Kind::boolean ? std::optional(value.integer != 0) : std::nullopt;
}

const PickleObject* object_in(const PickleValue& value, PickleObject::Kind kind) {
  return value.kind == PickleValue::Kind::object && value.object->kind == kind ? value.object : nullptr;
}

std::string class_of(const PickleObject& object) {
  using Kind = PickleObject::Kind;
  const auto first = [](const PickleObject& of, Kind kind) {
    return of.items().empty() ? nullptr : object_in(of.items()[0], kind);
  };
  // What a thing made, a partial function say, may make another one.
  const PickleObject* maker = object.kind == Kind::thing ? first(object, Kind::thing) : nullptr;
  const PickleObject& thing = maker ? *maker : object;
  const PickleObject* stranger = thing.kind == Kind::stranger ? &thing : first(thing, Kind::stranger);
  if (!stranger) return "a class without a name";
  // Functions that stand for the class they are given: of members of an enum, and of older objects.
  const std::string_view function = *text_in(stranger->items()[1]);
  const bool stands_in = function == "getattr" || function == "_reconstructor" || function == "__newobj__";
  const PickleObject* given = stands_in && &thing != stranger ? object_in(thing.items()[1], Kind::tuple) : nullptr;
  if (const PickleObject* other = given ? first(*given, Kind::stranger) : nullptr) stranger = other;
  return std::string(*text_in(stranger->items()[0])) + "." + std::string(*text_in(stranger->items()[1]));
}

std::string printable(std::string_view name) {
  std::string text(name.substr(0, 80));
  for (char& letter : text)
    if (letter < ' ' || letter > '~') letter = '?';
  return name.size() > 80 ? text + "..." : text;
}

}  // namespace dlrun
