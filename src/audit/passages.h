// Passages of one text that stand in another word for word.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dlrun {

// The held-out text is cut into passages of this many tokens, one after the other; a shorter text is one passage.
// Long enough to be no accident, and a copied stretch twice as long always holds one. (Lee et al. 2022 remove
// repetitions of 50 word pieces, which are about 200 characters.)
constexpr int64_t passage_length = 200;

struct FoundPassage {
  int64_t place = 0;  // of its first token in the held-out text
  int64_t other = 0;  // where it stands first in the other text
};

struct FoundPassages {
  int64_t passages = 0, length = 0;  // how many were looked for, of how many tokens
  std::vector<FoundPassage> found;   // ascending
};

// Every place of `other` is looked at. Candidates by a rolling hash (Karp & Rabin 1987), then compared token by token.
FoundPassages find_passages(std::span<const int32_t> held_out, std::span<const int32_t> other);

// For every passage of `held_out`, cut as above: the share of its tokens that lie in pieces of `piece` tokens which
// stand anywhere in `other`, and where the first such piece stands.
struct CoveredPassage {
  int64_t place = 0, other = -1;
  double share = 0.0;
};
std::vector<CoveredPassage> cover_passages(std::span<const int32_t> held_out, std::span<const int32_t> other,
                                           int64_t piece);

}  // namespace dlrun
