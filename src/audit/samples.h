// Samples one by one, whatever their reader: chunks of batches, labels, and a fingerprint of each.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "data/dataset.h"

namespace dlrun {

// The splits that there are, by name: train, val, test.
std::vector<std::pair<std::string, const Split*>> named_splits(const Splits& splits);

// The names of the first of two splits that are compared, and of the second: what is in the second too is the mistake.
struct SplitPair {
  std::string held_out, other;
  const Split *held_out_split, *other_split;
};
// test with train, val with train, test with val, as far as they exist.
std::vector<SplitPair> split_pairs(const Splits& splits);
// Only those with train: where a near duplicate in the other split makes a result look better than it is.
std::vector<SplitPair> pairs_with_train(const Splits& splits);

// Calls `work(first, batch)` for batches of all samples in order, of a few MiB each; from several threads when the
// batches are `parallel`.
enum class Walk { in_order, parallel };
void for_batches(const Split& split, Walk walk, const std::function<void(int64_t, const Batch&)>& work);

// Samples with equal fingerprints are equal: of a row of a table the cells of its inputs (equal numbers are equal
// however they are written, all spellings of a missing value are one), otherwise of the bytes of "input" as it was
// decoded, before any augmentation. Of a graph one for each marked node: its number. Not for text, see passages.h.
struct Fingerprints {
  std::vector<Hash128> hashes;
  std::vector<int64_t> ids;     // sample index, or node
  std::vector<int64_t> labels;  // class, or a number for each distinct target; empty where samples have none
  bool nodes = false;
  std::string name(const Split& split, size_t i) const;
};
Fingerprints fingerprints(const Split& split);

}  // namespace dlrun
