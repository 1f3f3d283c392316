// What a field of a batch means: said once by the reader, read by everyone who would otherwise guess.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/batch.h"

namespace dlrun {

struct FieldInfo {
  enum class Means {
    numbers,  // float
    pixels,   // images [channels, height, width]: uint8 or uint16 in the data, float in a batch
    tokens,   // int64, ids of `names`
    classes,  // int64, ids of `names`
    mask,     // which rows (or pixels) count
    edges,    // int64 [2, E]: from, to
  };

  std::string name;  // "input", "target", "edge_index"
  Means means = Means::numbers;
  // Of one sample (where rows are whole: of one row). -1: differs from sample to sample, and "<name>.lengths" [B] tells
  // how much of a padded row is there.
  std::vector<int64_t> sizes;
  std::vector<std::string> names;  // of classes or tokens, by id
  Rows rows = Rows::sample;

  bool operator==(const FieldInfo&) const = default;
  bool varies() const;    // some size is -1
  int64_t numel() const;  // numbers in one sample; sizes that vary count as 1
  int64_t kinds() const { return static_cast<int64_t>(names.size()); }
};

const char* name_of(FieldInfo::Means means);  // "pixels"

}  // namespace dlrun
