// The memory of the pickle machine.

#include "run/pickle_stack.h"

#include <fmt/format.h>

#include "base/error.h"

namespace dlrun {

void PickleStack::fail(const std::string& what) const {
  throw UserError(ExitCode::bad_data,
                  fmt::format("{}: its pickle cannot be read: {} (at byte {} of it)", path_, what, at_));
}

void PickleStack::count(size_t values) {
  values_ += values;
  if (values_ > limit_) fail(fmt::format("more than {} values, too many for a file of its size", limit_));
}

void PickleStack::need(size_t values) const {
  if (stack_.size() - bottom() < values) fail("a value is missing on its stack");
}

void PickleStack::push(PickleValue value) {
  count(1);
  stack_.push_back(value);
}

PickleObject& PickleStack::push(PickleObject::Kind kind, std::vector<PickleValue> items, std::string_view name) {
  count(1);
  objects_.push_back({kind, name, std::move(items)});
  stack_.push_back(&objects_.back());
  return objects_.back();
}

PickleValue PickleStack::pop() {
  need(1);
  const PickleValue value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<PickleValue> PickleStack::pop(size_t count) {
  need(count);
  std::vector<PickleValue> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return values;
}

void PickleStack::mark() {
  count(1);
  marks_.push_back(stack_.size());
}

std::vector<PickleValue> PickleStack::pop_to_mark() {
  if (marks_.empty()) fail("a mark is missing on its stack");
  std::vector<PickleValue> values = pop(stack_.size() - marks_.back());
  marks_.pop_back();
  return values;
}

void PickleStack::keep(uint64_t place) {
  // Pickles count up from 0, those of Python 2 from 1: a place far beyond would only take memory.
  if (place > memo_.size() + 1) fail("its memo has holes");
  need(1);
  if (memo_.size() <= place) {
    count(place + 1 - memo_.size());
    memo_.resize(place + 1);
  }
  memo_[place] = stack_.back();
}

void PickleStack::recall(uint64_t place) {
  if (place >= memo_.size() || std::holds_alternative<std::monostate>(memo_[place]))
    fail("it recalls what it never kept");
  push(memo_[place]);
}

void PickleStack::fill(PickleObject::Kind kind, const std::vector<PickleValue>& values) {
  const PickleObject* object = stack_.size() > bottom() ? object_in(stack_.back(), kind) : nullptr;
  if (!object) fail("it fills something that is no container");
  auto& items = const_cast<PickleObject*>(object)->items;  // Ours: objects_ holds it.
  items.insert(items.end(), values.begin(), values.end());
}

PickleValue PickleStack::finish() {
  const PickleValue value = pop();
  if (!stack_.empty() || !marks_.empty()) fail("it ends with values left over");
  return value;
}

}  // namespace dlrun
