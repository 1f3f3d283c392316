// What a sweep of a recipe varies, and how: the block `sweep`. A training of the recipe alone does not look at it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct SweepSettings final : Params {
  std::vector<std::string> vary;  // "optimizer.lr=1e-4..1e-2:log"; sweep/space.h says what may stand there
  std::string strategy = "auto";
  std::optional<int64_t> trials;
  int64_t seed = 0;
  std::optional<int64_t> halving;
  int64_t min_validations = 1;
  int64_t jobs = 1;
  std::vector<Field> fields() override;
};

}  // namespace dlrun
