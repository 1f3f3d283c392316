// Categories of a table as ids: what fields of a batch hold them.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

// Behind it comes the name of the column: "category.workclass" int64 [B], FieldInfo::Means::classes. Id 0 is a category
// that no training row has, or none at all; the others are numbered from 1 in the order of FieldInfo::names.
inline constexpr std::string_view category_prefix = "category.";

bool is_category(const FieldInfo& field);
std::vector<FieldInfo> category_fields(const std::vector<FieldInfo>& fields);  // in order

// "input" [B, F] with one more number for each known category, as data.categories: one_hot would give it.
at::Tensor with_one_hot(const Batch& batch, const std::vector<FieldInfo>& fields);

}  // namespace dlrun
