// Python pickles as plain data. Nothing is ever run: classes and functions are names, and what would be made by them is
// kept as what it would be made of. Protocols 0 to 5 as far as PyTorch's files and what stands in them use them.

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
    stranger,    // any other class or function; items: its module, its name
    thing,       // what would have been made by one; items in pairs: the stranger and a tuple of arguments, then, as
                 // things are set, key and value, or nothing and an element or a state
  };
  const Kind kind;
  const uint8_t name;  // of a name or a call: its place in PickleLimits::names, or ordered_dict

  static constexpr uint8_t ordered_dict = 255;
  std::span<const PickleValue> items() const { return {items_, size_}; }

  // Over `items`, which belong to the pickle; those that may grow begin empty.
  explicit PickleObject(Kind kind, std::span<const PickleValue> items = {}, uint8_t name = 0);
  PickleObject(const PickleObject&) = delete;
  PickleObject& operator=(const PickleObject&) = delete;
  ~PickleObject();

  static bool grows(Kind kind) { return kind == Kind::list || kind == Kind::dict || kind == Kind::thing; }
  // Items that fit without taking memory.
  size_t room() const;
  void append(std::span<const PickleValue> values);  // to one that grows

 private:
  bool grows() const { return grows(kind); }

  uint32_t size_ = 0;
  const PickleValue* items_ = nullptr;  // its own where it grows
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

// The pickle at the beginning of `bytes`. `path` is for messages only. Throws UserError(bad_data) saying what is wrong.
// Names that start programs, run code or open files have no place beside weights: one is refused by its name, not
// because it could do anything here, but because whoever wrote it wanted it done.
Pickle read_pickle(const std::string& path, std::string_view bytes, const PickleLimits& limits);

// Nothing, or the text, number, truth or object of this kind.
std::optional<std::string_view> text_in(const PickleValue& value);
std::optional<int64_t> integer_in(const PickleValue& value);
std::optional<bool> truth_in(const PickleValue& value);
const PickleObject* object_in(const PickleValue& value, PickleObject::Kind kind);

// "argparse.Namespace": what a thing, or a stranger, is called in Python.
std::string class_of(const PickleObject& object);

// A name out of a file as it can be printed: cut at 80 bytes, what is not plain ASCII as "?".
std::string printable(std::string_view name);

}  // namespace dlrun
