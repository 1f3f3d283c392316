// What a table's encoder read as something else than it says, or left out, over all splits.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/table_encoder.h"

namespace dlrun {

class TableOddities {
 public:
  // `asked`: rows that `split` should have had.
  void add(const char* split, const EncodedRows& encoded, size_t asked);
  // One line for each column with words for no number, one for each target that kept rows lack, and one for all rows
  // that were left out; nothing without any.
  void tell(const std::string& path) const;

 private:
  std::map<std::string, CellCount> words_, dropped_;         // by column
  std::map<std::string, std::vector<std::string>> unknown_;  // by target, as left_
  std::vector<std::string> left_;                            // "12 of 300 of test"
  int64_t dropped_rows_ = 0;
};

}  // namespace dlrun
