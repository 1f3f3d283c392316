// The memory of the pickle machine.

#include "run/pickle_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"

namespace dlrun {
namespace {

constexpr size_t block_items = 1024;
constexpr uint64_t heap_overhead = 16;  // of a block

constexpr uint64_t bytes_of(size_t values) { return values * sizeof(PickleValue); }

PickleValue reference(const PickleObject& object) {
  PickleValue value{PickleValue::Kind::object};
  value.object = &object;
  return value;
}

}  // namespace

void PickleStack::fail(const std::string& what) const {
  throw UserError(ExitCode::bad_data,
                  fmt::format("{}: its pickle cannot be read: {} (at byte {} of it)", path_, what, at_));
}

void PickleStack::take(uint64_t bytes) {
  if (bytes > limit_ - pickle_.memory)
    fail("it asks for more than ten times the file's size in memory: it is damaged, or made to harm");
  pickle_.memory += bytes;
}

// A vector that grows holds the old values beside the new ones while it copies them.
template <class Value>
void PickleStack::add(std::vector<Value>& list, Value value) {
  if (list.size() == list.capacity()) {
    const size_t old = list.capacity(), wanted = std::max<size_t>(2 * old, 64);
    take(wanted * sizeof(Value));
    list.reserve(wanted);
    pickle_.memory -= old * sizeof(Value);
  }
  list.push_back(value);
}

void PickleStack::need(size_t values) const {
  if (stack_.size() - bottom() < values) fail("a value is missing on its stack");
}

void PickleStack::push(PickleValue value) { add(stack_, value); }

void PickleStack::push_text(std::string_view text) {
  if (text.size() > std::numeric_limits<uint32_t>::max()) fail(fmt::format("a text of {} bytes", text.size()));
  PickleValue value{PickleValue::Kind::text, static_cast<uint32_t>(text.size())};
  value.text = text.data();
  push(value);
}

std::span<const PickleValue> PickleStack::copy(std::span<const PickleValue> items) {
  if (items.size() > free_.size()) {
    const size_t wanted = std::max(items.size(), block_items);
    take(bytes_of(wanted));
    pickle_.items.push_back(std::make_unique<PickleValue[]>(wanted));
    free_ = {pickle_.items.back().get(), wanted};
  }
  std::copy(items.begin(), items.end(), free_.begin());
  const std::span<const PickleValue> result = free_.first(items.size());
  free_ = free_.subspan(items.size());
  return result;
}

PickleObject& PickleStack::make(PickleObject::Kind kind, std::span<const PickleValue> items, uint8_t name) {
  take(sizeof(PickleObject));
  return pickle_.objects.emplace_back(kind, items, name);
}

void PickleStack::append(PickleObject& object, std::span<const PickleValue> values) {
  const size_t size = object.items().size() + values.size(), old = object.room();
  if (size > std::numeric_limits<uint32_t>::max()) fail(fmt::format("a container of {} values", size));
  if (size > old) take(bytes_of(std::bit_ceil(size)) + heap_overhead);
  object.append(values);
  if (size > old && old > 0) pickle_.memory -= bytes_of(old) + heap_overhead;
}

void PickleStack::push(PickleObject::Kind kind, std::span<const PickleValue> items, uint8_t name) {
  const bool nothing = kind == PickleObject::Kind::tuple && items.empty();
  const bool grows = PickleObject::grows(kind);
  const PickleObject* object = nothing ? nothing_ : nullptr;
  if (!object) {
    PickleObject& fresh = make(kind, grows || nothing ? std::span<const PickleValue>() : copy(items), name);
    if (grows) append(fresh, items);
    object = &fresh;
  }
  if (nothing) nothing_ = object;
  push(reference(*object));
}

void PickleStack::push_made(PickleObject::Kind kind, const PickleObject& tuple, uint8_t name) {
  const PickleObject& object = make(kind, tuple.items(), name);
  if (kind == PickleObject::Kind::persistent) {
    take(sizeof(const PickleObject*));
    pickle_.persistent.push_back(&object);
  }
  push(reference(object));
}

PickleValue PickleStack::pop() {
  need(1);
  const PickleValue value = stack_.back();
  stack_.pop_back();
  return value;
}

const PickleValue& PickleStack::top() const {
  need(1);
  return stack_.back();
}

std::span<const PickleValue> PickleStack::pop(size_t count) {
  need(count);
  const PickleValue* const first = stack_.data() + (stack_.size() - count);
  stack_.resize(stack_.size() - count);
  return {first, count};
}

void PickleStack::mark() { add(marks_, stack_.size()); }

std::span<const PickleValue> PickleStack::pop_to_mark() {
  if (marks_.empty()) fail("a mark is missing on its stack");
  const size_t count = stack_.size() - marks_.back();
  const std::span<const PickleValue> values = pop(count);
  marks_.pop_back();
  return values;
}

void PickleStack::keep(uint64_t place) {
  // Pickles count up from 0, those of Python 2 from 1: a place far beyond would only take memory.
  if (place > memo_.size() + 1) fail("its memo has holes");
  need(1);
  if (memo_.size() <= place) {
    take(bytes_of(place + 1 - memo_.size()));
    memo_.resize(place + 1);
  }
  memo_[place] = stack_.back();
}

void PickleStack::recall(uint64_t place) {
  if (place >= memo_.size() || memo_[place].kind == PickleValue::Kind::nothing) fail("it recalls what it never kept");
  push(memo_[place]);
}

const PickleObject* PickleStack::filled(PickleObject::Kind kind) const {
  const PickleValue* top = stack_.size() > bottom() ? &stack_.back() : nullptr;
  const PickleObject* object = top ? object_in(*top, kind) : nullptr;
  if (top && !object) object = object_in(*top, PickleObject::Kind::thing);
  if (!object) fail("it fills something that is no container");
  return object;
}

void PickleStack::fill(PickleObject::Kind kind, std::span<const PickleValue> values) {
  auto& object = const_cast<PickleObject&>(*filled(kind));  // Ours: the pickle holds it.
  if (kind != PickleObject::Kind::list || object.kind == PickleObject::Kind::list) return append(object, values);
  for (const PickleValue& value : values) {
    const PickleValue pair[] = {PickleValue(), value};
    append(object, pair);
  }
}

void PickleStack::finish() {
  pickle_.value = pop();
  if (!stack_.empty() || !marks_.empty()) fail("it ends with values left over");
  pickle_.memory -= bytes_of(stack_.capacity()) + bytes_of(memo_.size()) + marks_.capacity() * sizeof(size_t);
  stack_ = {};
  memo_ = {};
  marks_ = {};
}

}  // namespace dlrun
