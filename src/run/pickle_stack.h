// The memory of the pickle machine: a stack with marks, a memo, objects, and the bound on what they take.

#pragma once

#include <deque>
#include <string>
#include <vector>

#include "run/pickle.h"

namespace dlrun {

// Every operation that a damaged or hostile pickle can get wrong throws UserError(bad_data). `at` is where the machine
// is, for messages. What is taken is counted before it is taken.
class PickleStack {
 public:
  PickleStack(const std::string& path, uint64_t limit, const size_t& at, Pickle& pickle)
      : path_(path), limit_(limit), at_(at), pickle_(pickle) {}

  [[noreturn]] void fail(const std::string& what) const;

  void push(PickleValue value);
  void push_text(std::string_view text);
  // The items are copied. An empty tuple is always the same one.
  void push(PickleObject::Kind kind, std::span<const PickleValue> items = {}, uint8_t name = 0);
  // What is made of a tuple, whose items it shares.
  void push_made(PickleObject::Kind kind, const PickleObject& tuple, uint8_t name = 0);
  PickleValue pop();
  const PickleValue& top() const;
  // The last values: they stay where they are until the next one is pushed.
  std::span<const PickleValue> pop(size_t count);
  std::span<const PickleValue> pop_to_mark();
  void mark();

  void keep(uint64_t place);  // the top of the stack
  void keep() { keep(memo_.size()); }
  void recall(uint64_t place);

  // The list, dict or thing on top of the stack takes more items, `values` of a list or key by key those of a dict.
  void fill(PickleObject::Kind kind, std::span<const PickleValue> values);

  // The one value that is left, with everything it refers to. Stack and memo are gone.
  void finish();

 private:
  size_t bottom() const { return marks_.empty() ? 0 : marks_.back(); }
  void need(size_t values) const;
  const PickleObject* filled(PickleObject::Kind kind) const;
  void take(uint64_t bytes);
  template <class Value>
  void add(std::vector<Value>& list, Value value);
  std::span<const PickleValue> copy(std::span<const PickleValue> items);
  PickleObject& make(PickleObject::Kind kind, std::span<const PickleValue> items, uint8_t name);
  void append(PickleObject& object, std::span<const PickleValue> values);

  const std::string& path_;
  uint64_t limit_;
  const size_t& at_;
  Pickle& pickle_;
  std::vector<PickleValue> stack_;
  std::deque<PickleValue> memo_;
  std::vector<size_t> marks_;
  const PickleObject* nothing_ = nullptr;  // the empty tuple
  std::span<PickleValue> free_;            // of the last block of pickle_.items
};

}  // namespace dlrun
