// The same samples in two splits: what makes a test a test of memory.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

struct SamePair {
  std::string held_out, other;          // what a person can find the two samples by
  int64_t held_out_index, other_index;  // in their splits; places in their texts; nodes
  bool other_label = false;
};

// Of two splits.
struct Overlap {
  std::string held_out, other;  // "test", "train"
  std::string unit;             // "samples", "passages of 200 tokens", "nodes"
  int64_t count = 0, of = 0;    // held-out samples that the other split has too, of how many
  int64_t other_label = 0;      // of them, those that have another label wherever they are in the other split
  std::vector<SamePair> pairs;  // the first of them, at most `most_pairs`; each with its first twin
};

// One for every two splits, those without overlap too. What makes samples the same: audit/samples.h, audit/passages.h.
std::vector<Overlap> find_overlaps(const Splits& splits, size_t most_pairs = 3);

// "12 of 10,000 test samples are also in train, 3 of them under another label (a = b, c = d, e = f)".
std::string overlap_text(const Overlap& overlap);

nlohmann::json to_json(const std::vector<Overlap>& overlaps);
std::vector<Overlap> overlaps_from_json(const nlohmann::json& stored);  // throws what nlohmann throws

}  // namespace dlrun
