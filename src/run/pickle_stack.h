// The memory of the pickle machine: a stack with marks, a memo, and the bound on what a pickle may hold.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run/pickle.h"

namespace dlrun {

// Every operation that a damaged or hostile pickle can get wrong throws UserError(bad_data). `at` is where the machine
// is, for messages.
class PickleStack {
 public:
  PickleStack(const std::string& path, size_t limit, const size_t& at) : path_(path), limit_(limit), at_(at) {}

  [[noreturn]] void fail(const std::string& what) const;
  void count(size_t values);  // against the limit

  void push(PickleValue value);
  PickleObject& push(PickleObject::Kind kind, std::vector<PickleValue> items = {}, std::string_view name = {});
  PickleValue pop();
  std::vector<PickleValue> pop(size_t count);

  void mark();
  std::vector<PickleValue> pop_to_mark();

  void keep(uint64_t place);  // the top of the stack
  void keep() { keep(memo_.size()); }
  void recall(uint64_t place);

  // The container on top of the stack takes more items.
  void fill(PickleObject::Kind kind, const std::vector<PickleValue>& values);

  // The one value that is left, with everything it refers to.
  PickleValue finish();
  std::deque<PickleObject>& objects() { return objects_; }

 private:
  size_t bottom() const { return marks_.empty() ? 0 : marks_.back(); }
  void need(size_t values) const;

  const std::string& path_;
  size_t limit_, values_ = 0;
  const size_t& at_;
  std::vector<PickleValue> stack_, memo_;
  std::vector<size_t> marks_;
  std::deque<PickleObject> objects_;
};

}  // namespace dlrun
