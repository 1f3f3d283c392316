// Passages of one text that stand in another word for word.

#include "audit/passages.h"

#include <algorithm>
#include <unordered_map>

namespace dlrun {
namespace {

// Hash of the last `length` tokens, a polynomial modulo 2^61 - 1.
class RollingHash {
 public:
  explicit RollingHash(int64_t length) {
    for (int64_t i = 0; i < length; ++i) oldest_ = times(oldest_, base);
  }
  uint64_t value() const { return value_; }
  void push(int32_t token) { value_ = reduce(times(value_, base) + code(token)); }
  void push(int32_t token, int32_t leaving) {
    push(token);
    value_ = reduce(value_ + prime - times(oldest_, code(leaving)));
  }

 private:
  static constexpr uint64_t prime = (uint64_t{1} << 61) - 1, base = 0x0f3b'a97c'5d21'6e8bULL % prime;
  static uint64_t code(int32_t token) { return static_cast<uint64_t>(static_cast<uint32_t>(token)) + 1; }
  static uint64_t reduce(uint64_t value) { return value >= prime ? value - prime : value; }
  static uint64_t times(uint64_t a, uint64_t b) {
    const __uint128_t product = static_cast<__uint128_t>(a) * b;
    return reduce((static_cast<uint64_t>(product) & prime) + static_cast<uint64_t>(product >> 61));
  }

  uint64_t value_ = 0, oldest_ = 1;
};

// Calls `visit(place, hash)` for every stretch of `length` tokens.
template <class Visit>
void roll(std::span<const int32_t> text, int64_t length, const Visit& visit) {
  const int64_t size = static_cast<int64_t>(text.size());
  if (length > size) return;
  RollingHash hash(length);
  for (int64_t i = 0; i < length; ++i) hash.push(text[static_cast<size_t>(i)]);
  visit(int64_t{0}, hash.value());
  for (int64_t end = length; end < size; ++end) {
    hash.push(text[static_cast<size_t>(end)], text[static_cast<size_t>(end - length)]);
    visit(end - length + 1, hash.value());
  }
}

std::span<const int32_t> stretch(std::span<const int32_t> text, int64_t place, int64_t length) {
  return text.subspan(static_cast<size_t>(place), static_cast<size_t>(length));
}

// A bit for each hash that may be there: most places of a text are in no table, and this says so without a search.
class Filter {
 public:
  Filter() : bits_(size_t{1} << 18) {}
  void add(uint64_t hash) { bits_[place(hash)] |= uint64_t{1} << (hash & 63); }
  bool may_hold(uint64_t hash) const { return bits_[place(hash)] >> (hash & 63) & 1; }

 private:
  static size_t place(uint64_t hash) { return static_cast<size_t>(hash >> 6) & ((size_t{1} << 18) - 1); }
  std::vector<uint64_t> bits_;
};

}  // namespace

FoundPassages find_passages(std::span<const int32_t> held_out, std::span<const int32_t> other) {
  FoundPassages result;
  const int64_t size = static_cast<int64_t>(held_out.size());
  result.length = std::min(passage_length, size);
  if (result.length == 0) return result;
  result.passages = size / result.length;

  std::unordered_map<uint64_t, std::vector<int64_t>> wanted;
  Filter filter;
  for (int64_t p = 0; p < result.passages; ++p) {
    RollingHash hash(result.length);
    for (const int32_t token : stretch(held_out, p * result.length, result.length)) hash.push(token);
    wanted[hash.value()].push_back(p * result.length);
    filter.add(hash.value());
  }
  roll(other, result.length, [&](int64_t place, uint64_t hash) {
    if (!filter.may_hold(hash)) return;
    const auto passages = wanted.find(hash);
    if (passages == wanted.end()) return;
    std::erase_if(passages->second, [&](int64_t passage) {
      if (!std::ranges::equal(stretch(held_out, passage, result.length), stretch(other, place, result.length)))
        return false;
      result.found.push_back({passage, place});
      return true;
    });
  });
  std::sort(result.found.begin(), result.found.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  return result;
}

std::vector<CoveredPassage> cover_passages(std::span<const int32_t> held_out, std::span<const int32_t> other,
                                           int64_t piece) {
  const int64_t size = static_cast<int64_t>(held_out.size()), length = std::min(passage_length, size);
  std::vector<CoveredPassage> passages;
  if (length < piece) return passages;
  std::unordered_map<uint64_t, std::vector<int64_t>> wanted;
  Filter filter;
  roll(held_out, piece, [&](int64_t place, uint64_t hash) {
    wanted[hash].push_back(place);
    filter.add(hash);
  });
  std::vector<int64_t> found(held_out.size(), -1);  // place in `other` of the piece that begins here
  roll(other, piece, [&](int64_t place, uint64_t hash) {
    if (!filter.may_hold(hash)) return;
    const auto places = wanted.find(hash);
    if (places == wanted.end()) return;
    for (const int64_t start : places->second)
      if (std::ranges::equal(stretch(held_out, start, piece), stretch(other, place, piece)))
        found[static_cast<size_t>(start)] = place;
    wanted.erase(places);  // the first place is enough
  });
  for (int64_t start = 0; start + length <= size; start += length) {
    CoveredPassage passage{start, -1, 0.0};
    int64_t covered = 0, until = start;
    for (int64_t i = start; i + piece <= start + length; ++i) {
      const int64_t place = found[static_cast<size_t>(i)];
      if (place < 0) continue;
      if (passage.other < 0) passage.other = place;
      covered += i + piece - std::max(i, until);
      until = i + piece;
    }
    passage.share = static_cast<double>(covered) / static_cast<double>(length);
    passages.push_back(passage);
  }
  return passages;
}

}  // namespace dlrun
