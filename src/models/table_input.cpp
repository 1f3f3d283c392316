// What networks of tables take.

#include "models/table_input.h"

#include <algorithm>
#include <cmath>

#include "data/categories.h"
#include "models/shape_error.h"

namespace dlrun {

std::vector<int64_t> TableShape::kinds() const {
  std::vector<int64_t> counts;
  for (const FieldInfo& field : categories) counts.push_back(field.kinds());
  return counts;
}

std::vector<at::Tensor> TableShape::ids(const Batch& batch) const {
  std::vector<at::Tensor> columns;
  for (const FieldInfo& field : categories) columns.push_back(batch[field.name]);
  return columns;
}

void expect_no_categories(const std::string& type, const Shapes& shapes) {
  const std::vector<FieldInfo> columns = category_fields(shapes.inputs);
  if (columns.empty()) return;
  shape_error("type", type + " has no embeddings for categories, and data.categories: index gives it " +
                          std::to_string(columns.size()) +
                          " columns of them; use data.categories: one_hot, or mlp, tab_resnet, ft_transformer, "
                          "wide_and_deep or tabnet");
}

TableShape table_shape(const std::string& type, const Shapes& shapes) {
  Shapes numbers = shapes;
  std::erase_if(numbers.inputs, is_category);
  TableShape found{.categories = category_fields(shapes.inputs)};
  if (found.categories.empty() || numbers.input().sizes != std::vector<int64_t>{0}) {
    expect_numbers(type, numbers);
    found.numbers = numbers.input().numel();
  } else {
    expect_per_sample(type, numbers);
  }
  return found;
}

std::shared_ptr<CategoryEmbeddings> make_embeddings(const TableShape& shape, std::optional<int64_t> size) {
  if (shape.categories.empty()) return nullptr;
  std::vector<int64_t> widths;
  for (const int64_t kinds : shape.kinds())
    widths.push_back(size.value_or(std::min<int64_t>(600, std::lround(1.6 * std::pow(kinds, 0.56)))));
  return std::make_shared<CategoryEmbeddings>(shape.kinds(), widths);
}

at::Tensor embedded_rows(const TableShape& shape, const std::shared_ptr<CategoryEmbeddings>& embeddings,
                         const Batch& batch) {
  if (!embeddings) return shape.rows(batch);
  const at::Tensor vectors = embeddings->forward(shape.ids(batch));
  return shape.numbers == 0 ? vectors : at::cat({shape.rows(batch), vectors}, 1);
}

Field embedding_size_field(std::optional<int64_t>& size) {
  return field("embedding_size", size,
               "Numbers that represent a category, where data.categories is index; for a column of n categories "
               "min(600, 1.6 n^0.56) where left open.",
               at_least(1));
}

}  // namespace dlrun
