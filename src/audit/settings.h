// The block `data_check` of a recipe: what is looked for in the data, and what is known and allowed.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct DataCheckSettings final : Params {
  std::vector<std::string> allow;
  std::optional<std::string> group_column, group_pattern, time_column;
  double picture_similarity = 0.9, picture_ratio = 0.25;
  double row_distance = 0.01;
  double text_share = 0.5;

  std::vector<Field> fields() override;
  bool allows(const std::string& finding) const;
};

}  // namespace dlrun
