// Python pickles as plain data. Nothing is ever run: classes and functions are names, and all but a given list of names
// is refused. Protocols 0 to 5 as far as PyTorch's files and plain containers use them.

#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dlrun {

struct PickleObject;
struct PickleNone {};

// Texts point into the bytes that were read; objects belong to the Pickle. An integer of more than 64 bits is the text
// of its bytes. monostate stands for nothing at all.
using PickleValue =
    std::variant<std::monostate, PickleNone, bool, int64_t, double, std::string_view, const PickleObject*>;

struct PickleObject {
  enum class Kind {
    tuple,
    list,
    dict,        // items: key, value, key, value; an OrderedDict too, without its attributes
    name,        // a class or function of the list: `name` is "module.name"
    call,        // what would have been made by calling `name` with the tuple items[0]
    persistent,  // what lies outside of the pickle; items[0]: the tuple of its id
  };
  Kind kind = Kind::tuple;
  std::string_view name;
  std::vector<PickleValue> items;
};

struct Pickle {
  PickleValue value;
  std::deque<PickleObject> objects;             // they may refer to each other in cycles
  std::vector<const PickleObject*> persistent;  // in the order in which they appear
  size_t size = 0;                              // bytes up to its end
};

struct PickleLimits {
  std::span<const std::string_view> names;  // besides collections.OrderedDict; they outlive the pickle
  size_t values = 0;                        // most values; each takes at most some 160 bytes of memory
};

// The pickle at the beginning of `bytes`. `path` is for messages only. Throws UserError(bad_data) saying what is wrong,
// naming a class or function that is not in the list.
Pickle read_pickle(const std::string& path, std::string_view bytes, const PickleLimits& limits);

// Null, or the text, number or object of this kind.
const std::string_view* text_in(const PickleValue& value);
const int64_t* integer_in(const PickleValue& value);
const PickleObject* object_in(const PickleValue& value, PickleObject::Kind kind);

// A name out of a file as it can be printed: cut at 80 bytes, what is not plain ASCII as "?".
std::string printable(std::string_view name);

}  // namespace dlrun
