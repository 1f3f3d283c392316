// Python pickles as plain data. Nothing is ever run: classes and functions are names, and all but a given list of names
// is refused. Protocols 0 to 5 as far as PyTorch's files and plain containers use them.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

class PickleObject;

// Sixteen bytes, for a file of small tensors holds twenty of them for each. Texts point into the bytes that were read;
// objects belong to the Pickle. An integer of more than 64 bits is the text of its bytes.
struct PickleValue {
  enum class Kind : uint8_t { nothing, none, boolean, integer, real, text, object };
  Kind kind = Kind::nothing;
  uint32_t length = 0;  // of a text
  union {
    int64_t integer = 0;  // a boolean too
    double real;
    const char* text;
    const PickleObject* object;
  };
};

class PickleObject {
 public:
  enum class Kind : uint8_t {
    tuple,
    list,
    dict,        // items: key, value, key, value; an OrderedDict too, without its attributes
    name,        // a class or function of the list
    call,        // what would have been made by calling it with these items
    persistent,  // what lies outside of the pickle; items: its id, a tuple
  };
  const Kind kind;
  const uint8_t name;  // of a name or a call: its place in PickleLimits::names, or ordered_dict

  static constexpr uint8_t ordered_dict = 255;
  std::span<const PickleValue> items() const { return {items_, size_}; }

  // Over `items`, which belong to the pickle; lists and dicts, which may grow, begin empty.
  explicit PickleObject(Kind kind, std::span<const PickleValue> items = {}, uint8_t name = 0);
  PickleObject(const PickleObject&) = delete;
  PickleObject& operator=(const PickleObject&) = delete;
  ~PickleObject();

  // Items that fit without taking memory.
  size_t room() const;
  void append(std::span<const PickleValue> values);  // to a list or a dict

 private:
  bool grows() const { return kind == Kind::list || kind == Kind::dict; }

  uint32_t size_ = 0;
  const PickleValue* items_ = nullptr;  // those of lists and dicts are its own
};

struct Pickle {
  PickleValue value;
  std::deque<PickleObject> objects;                   // they may refer to each other in cycles
  std::vector<std::unique_ptr<PickleValue[]>> items;  // of all tuples
  std::deque<const PickleObject*> persistent;         // in the order in which they appear
  size_t size = 0;                                    // bytes up to its end
  uint64_t memory = 0;                                // bytes that all of this takes
};

struct PickleLimits {
  std::span<const std::string_view> names;  // besides collections.OrderedDict; fewer than 255; they outlive the pickle
  uint64_t memory = 0;                      // most bytes that are taken at once
};

// The pickle at the beginning of `bytes`. `path` is for messages only. Throws UserError(bad_data) saying what is wrong,
// naming a class or function that is not in the list.
Pickle read_pickle(const std::string& path, std::string_view bytes, const PickleLimits& limits);

// Nothing, or the text, number, truth or object of this kind.
std::optional<std::string_view> text_in(const PickleValue& value);
std::optional<int64_t> integer_in(const PickleValue& value);
std::optional<bool> truth_in(const PickleValue& value);
const PickleObject* object_in(const PickleValue& value, PickleObject::Kind kind);

// A name out of a file as it can be printed: cut at 80 bytes, what is not plain ASCII as "?".
std::string printable(std::string_view name);

}  // namespace dlrun
