// The pickle machine: a fixed list of opcodes over a stack, none of which can run anything. Classes and functions are
// looked up nowhere; an object that they would make is a list of what it would be made of.
//
// https://github.com/python/cpython/blob/main/Lib/pickletools.py describes them.

#include "run/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "run/pickle_stack.h"

namespace dlrun {
namespace {

using Kind = PickleObject::Kind;

// Modules whose functions start programs, run code, load it, or reach beyond the file; and functions of other modules.
bool acts(std::string_view module, std::string_view name) {
  constexpr std::string_view modules[] = {"os",     "posix",  "nt",    "subprocess", "sys",       "shutil",
                                          "socket", "ctypes", "runpy", "pty",        "importlib", "webbrowser"};
  constexpr std::string_view functions[] = {"eval", "exec", "execfile", "compile", "open", "__import__", "input"};
  constexpr std::string_view homes[] = {"builtins", "__builtin__", "io", "_io"};
  const auto among = [](const auto& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
  };
  return among(modules, module) || (among(homes, module) && among(functions, name)) ||
         (module == "torch" && name == "load");
}

class Machine {
 public:
  Machine(const std::string& path, std::string_view bytes, const PickleLimits& limits)
      : path_(path), bytes_(bytes), limits_(limits), stack_(path, limits.memory, at_, result_) {}

  Pickle run() {
    for (uint8_t opcode = byte(); opcode != '.'; opcode = byte())
      if (!number(opcode) && !text(opcode) && !container(opcode) && !memo(opcode) && !call(opcode)) refuse(opcode);
    stack_.finish();
    result_.size = at_;
    return std::move(result_);  // A deque that is moved leaves its elements where they are.
  }

 private:
  [[noreturn]] void refuse(uint8_t opcode) const {
    switch (opcode) {
      case 0x82:
      case 0x83:
      case 0x84:
        stack_.fail("it uses Python's registry of extensions, which could name anything");
      default:
        stack_.fail(
            fmt::format("opcode 0x{:02x} is not one of those that tensors and what stands beside them need", opcode));
    }
  }

  [[noreturn]] void refuse(const std::string& name) const {
    throw UserError(
        ExitCode::bad_data,
        fmt::format(
            "{}: its pickle asks for \"{}\", which would run in Python as soon as the file is loaded. dlrun runs "
            "nothing, and takes no weights from such a file. If the file is yours, save the tensors alone: "
            "torch.save(model.state_dict(), ...).",
            path_, printable(name)));
  }

  std::string_view take(uint64_t size) {
    if (size > bytes_.size() - at_) stack_.fail("it is cut short");
    const std::string_view part = bytes_.substr(at_, size);
    at_ += size;
    return part;
  }
  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  // Little endian, as every number of a binary opcode but the fraction.
  uint64_t fixed(size_t size) {
    uint64_t value = 0;
    std::memcpy(&value, take(size).data(), size);
    return value;
  }
  std::string_view line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) stack_.fail("it is cut short");
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  bool number(uint8_t opcode) {
    switch (opcode) {
      case 'N':
        return push({PickleValue::Kind::none});
      case 0x88:
        return push({PickleValue::Kind::boolean, 0, {1}});
      case 0x89:
        return push({PickleValue::Kind::boolean, 0, {0}});
      case 'J':
        return push_integer(static_cast<int32_t>(fixed(4)));
      case 'K':
        return push_integer(static_cast<int64_t>(fixed(1)));
      case 'M':
        return push_integer(static_cast<int64_t>(fixed(2)));
      case 'G': {
        PickleValue value{PickleValue::Kind::real};
        value.real = std::bit_cast<double>(__builtin_bswap64(fixed(8)));
        return push(value);
      }
      case 0x8a:
        return integer(take(fixed(1)));
      case 0x8b:
        return integer(take(fixed(4)));
      default:
        return false;
    }
  }

  // Two's complement of any length.
  bool integer(std::string_view digits) {
    if (digits.size() > sizeof(int64_t)) return push_text(digits);
    uint64_t value = !digits.empty() && static_cast<int8_t>(digits.back()) < 0 ? ~uint64_t{0} : 0;
    std::memcpy(&value, digits.data(), digits.size());
    return push_integer(static_cast<int64_t>(value));
  }

  bool text(uint8_t opcode) {
    switch (opcode) {
      case 'X':
      case 'T':
      case 'B':
        return push_text(take(fixed(4)));
      case 0x8c:
      case 'U':
      case 'C':
        return push_text(take(fixed(1)));
      case 0x8d:
      case 0x8e:
      case 0x96:
        return push_text(take(fixed(8)));
      default:
        return false;
    }
  }

  bool container(uint8_t opcode) {
    switch (opcode) {
      case '(':
        return stack_.mark(), true;
      case ')':
        return push(Kind::tuple, {});
      case 0x85:
      case 0x86:
      case 0x87:
        return push(Kind::tuple, stack_.pop(opcode - size_t{0x84}));
      case 't':
        return push(Kind::tuple, stack_.pop_to_mark());
      case 0x91:  // A frozenset.
        return push(Kind::tuple, stack_.pop_to_mark());
      case ']':
      case 0x8f:  // A set.
        return push(Kind::list, {});
      case 'l':
        return push(Kind::list, stack_.pop_to_mark());
      case '}':
        return push(Kind::dict, {});
      case 'd':
        return push(Kind::dict, pairs(stack_.pop_to_mark()));
      case 'a':
        return fill(Kind::list, stack_.pop(1));
      case 'e':
      case 0x90:
        return fill(Kind::list, stack_.pop_to_mark());
      case 's':
        return fill(Kind::dict, stack_.pop(2));
      case 'u':
        return fill(Kind::dict, pairs(stack_.pop_to_mark()));
      default:
        return false;
    }
  }
  std::span<const PickleValue> pairs(std::span<const PickleValue> values) const {
    if (values.size() % 2 != 0) stack_.fail("a key without a value");
    return values;
  }

  bool memo(uint8_t opcode) {
    switch (opcode) {
      case 0x80:
        if (const uint64_t protocol = fixed(1); protocol > 5)
          stack_.fail(fmt::format("protocol {} is unknown", protocol));
        return true;
      case 0x95:  // A frame says how much comes; it comes anyway.
        return fixed(8), true;
      case 'q':
        return stack_.keep(fixed(1)), true;
      case 'r':
        return stack_.keep(fixed(4)), true;
      case 0x94:
        return stack_.keep(), true;
      case 'h':
        return stack_.recall(fixed(1)), true;
      case 'j':
        return stack_.recall(fixed(4)), true;
      case '0':
        return stack_.pop(), true;
      case '1':
        return stack_.pop_to_mark(), true;
      default:
        return false;
    }
  }

  bool call(uint8_t opcode) {
    switch (opcode) {
      case 'c': {
        const std::string_view module = line(), name = line();
        return global(module, name);
      }
      case 'i': {
        const std::string_view module = line(), name = line();
        const PickleValue arguments = tuple(stack_.pop_to_mark());
        global(module, name);
        return make(stack_.pop(), arguments);
      }
      case 'o': {
        const std::span<const PickleValue> parts = stack_.pop_to_mark();
        if (parts.empty()) stack_.fail("an object without a class");
        const PickleValue name = parts[0];
        return make(name, tuple(parts.subspan(1)));
      }
      case 0x93: {
        const std::span<const PickleValue> parts = stack_.pop(2);
        const std::optional<std::string_view> module = text_in(parts[0]), name = text_in(parts[1]);
        if (!module || !name) stack_.fail("a name that is no text");
        return global(*module, *name);
      }
      case 'Q':
        return persistent();
      case 'R':
      case 0x81: {
        const PickleValue arguments = stack_.pop();
        return make(stack_.pop(), arguments);
      }
      case 0x92: {  // With arguments by name, which are one more thing that is set.
        const PickleValue named = stack_.pop(), arguments = stack_.pop();
        make(stack_.pop(), arguments);
        return set(named);
      }
      case 'b':
        return set(stack_.pop());
      default:
        return false;
    }
  }

  bool global(std::string_view module, std::string_view name) {
    const std::string full = std::string(module) + "." + std::string(name);
    if (full == "collections.OrderedDict") return push(Kind::name, {}, PickleObject::ordered_dict);
    const auto found = std::find(limits_.names.begin(), limits_.names.end(), full);
    if (found != limits_.names.end()) return push(Kind::name, {}, static_cast<uint8_t>(found - limits_.names.begin()));
    if (acts(module, name)) refuse(full);
    push_text(module);
    push_text(name);
    return push(Kind::stranger, stack_.pop(2));
  }

  bool persistent() {
    const PickleValue id = stack_.pop();
    const PickleObject* tuple = object_in(id, Kind::tuple);
    if (!tuple) stack_.fail("a reference to something outside that is no tuple");
    return stack_.push_made(Kind::persistent, *tuple), true;
  }

  // The items may lie on the stack, above its top.
  PickleValue tuple(std::span<const PickleValue> items) { return push(Kind::tuple, items), stack_.pop(); }

  // What a class or a function would make of a tuple of arguments.
  bool make(const PickleValue& maker, const PickleValue& arguments) {
    const PickleObject *name = object_in(maker, Kind::name), *tuple = object_in(arguments, Kind::tuple);
    if (object_in(maker, Kind::stranger) || object_in(maker, Kind::thing)) {
      const PickleValue made_of[] = {maker, arguments};
      return push(Kind::thing, made_of);
    }
    if (!name || !tuple) stack_.fail("it calls what is no function");
    if (name->name != PickleObject::ordered_dict) return stack_.push_made(Kind::call, *tuple, name->name), true;
    push(Kind::dict, {});
    if (tuple->items().empty()) return true;
    // Python 2 gives the items as a list of pairs.
    const PickleObject* list = tuple->items().size() == 1 ? object_in(tuple->items()[0], Kind::list) : nullptr;
    if (!list) stack_.fail("an OrderedDict of something that is no list");
    for (const PickleValue& item : list->items()) {
      const PickleObject* pair = object_in(item, Kind::list);
      if (!pair) pair = object_in(item, Kind::tuple);
      if (!pair || pair->items().size() != 2) stack_.fail("an OrderedDict of something that is no list of pairs");
      fill(Kind::dict, pair->items());
    }
    return true;
  }

  // The attributes of an OrderedDict are left out: state dicts keep versions of their modules there.
  bool set(const PickleValue& state) {
    const bool thing = object_in(stack_.top(), Kind::thing);
    return fill(thing ? Kind::list : Kind::dict, thing ? std::span(&state, 1) : std::span<const PickleValue>());
  }

  bool push(PickleValue value) { return stack_.push(value), true; }
  bool push_integer(int64_t number) { return push({PickleValue::Kind::integer, 0, {number}}); }
  bool push_text(std::string_view text) { return stack_.push_text(text), true; }
  bool push(Kind kind, std::span<const PickleValue> items, uint8_t name = 0) {
    return stack_.push(kind, items, name), true;
  }
  bool fill(Kind kind, std::span<const PickleValue> values) { return stack_.fill(kind, values), true; }

  const std::string& path_;
  std::string_view bytes_;
  PickleLimits limits_;
  size_t at_ = 0;
  Pickle result_;
  PickleStack stack_;
};

}  // namespace

Pickle read_pickle(const std::string& path, std::string_view bytes, const PickleLimits& limits) {
  return Machine(path, bytes, limits).run();
}

}  // namespace dlrun
