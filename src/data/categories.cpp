// Categories of a table as ids.

#include "data/categories.h"

namespace dlrun {

bool is_category(const FieldInfo& field) { return field.name.starts_with(category_prefix); }

std::vector<FieldInfo> category_fields(const std::vector<FieldInfo>& fields) {
  std::vector<FieldInfo> found;
  for (const FieldInfo& field : fields)
    if (is_category(field)) found.push_back(field);
  return found;
}

at::Tensor with_one_hot(const Batch& batch, const std::vector<FieldInfo>& fields) {
  std::vector<at::Tensor> parts = {batch["input"]};
  for (const FieldInfo& field : category_fields(fields))
    parts.push_back(at::one_hot(batch[field.name], field.kinds()).narrow(1, 1, field.kinds() - 1).to(at::kFloat));
  return at::cat(parts, 1);
}

}  // namespace dlrun
