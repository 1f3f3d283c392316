// Passages against a plain search, token by token.

#include "audit/passages.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/random.h"

namespace dlrun::passages_test {
namespace {

std::vector<int32_t> letters(uint64_t seed, int64_t count, int32_t kinds) {
  std::vector<int32_t> text;
  for (const int64_t number : permutation(count, seed, 7)) text.push_back(static_cast<int32_t>(number % kinds));
  return text;
}

int64_t place_of(std::span<const int32_t> piece, std::span<const int32_t> text) {
  const auto found = std::search(text.begin(), text.end(), piece.begin(), piece.end());
  return found == text.end() ? -1 : found - text.begin();
}

}  // namespace

TEST_CASE("passages are those a plain search finds, also where a text repeats itself") {
  for (const int32_t kinds : {1, 2, 1000}) {
    INFO(kinds << " kinds of tokens");
    const std::vector<int32_t> other = letters(1, 3000, kinds);
    std::vector<int32_t> held_out = letters(2, 1050, kinds);
    std::copy_n(other.begin() + 2777, 223, held_out.begin() + 380);  // up to the last token of the other text
    std::copy_n(other.begin(), 200, held_out.begin() + 800);         // from its first
    const FoundPassages found = find_passages(held_out, other);
    CHECK(found.length == 200);
    CHECK(found.passages == 5);
    std::vector<std::pair<int64_t, int64_t>> expected, actual;
    for (int64_t p = 0; p < 5; ++p) {
      const int64_t place = place_of(std::span(held_out).subspan(static_cast<size_t>(p * 200), 200), other);
      if (place >= 0) expected.emplace_back(p * 200, place);
    }
    for (const FoundPassage& passage : found.found) actual.emplace_back(passage.place, passage.other);
    CHECK(expected.size() >= 2);
    CHECK(actual == expected);
  }
}

TEST_CASE("a short held-out text is one passage, an empty one none") {
  const std::vector<int32_t> other = letters(1, 500, 50);
  CHECK(find_passages(std::span(other).subspan(100, 30), other).found.at(0).other == 100);
  CHECK(find_passages({}, other).passages == 0);
  CHECK(find_passages(other, std::span(other).first(10)).found.empty());
}

TEST_CASE("the covered share of a passage is the share of tokens in pieces of the other text") {
  const std::vector<int32_t> other = letters(1, 4000, 1000);
  std::vector<int32_t> held_out = letters(2, 600, 1000);
  std::copy_n(other.begin() + 900, 50, held_out.begin() + 10);  // two pieces in the first passage
  std::copy_n(other.begin() + 2000, 70, held_out.begin() + 100);
  std::copy_n(other.begin() + 3000, 60, held_out.begin() + 370);  // 30 tokens on each side of a cut: shorter than 32
  const std::vector<CoveredPassage> covered = cover_passages(held_out, other, 32);
  REQUIRE(covered.size() == 3);
  CHECK(covered[0].share == Approx(120.0 / 200));
  CHECK(covered[0].other == 900);
  CHECK(covered[1].share == 0.0);
  CHECK(covered[2].share == 0.0);
  CHECK(covered[2].other == -1);
}

}  // namespace dlrun::passages_test
