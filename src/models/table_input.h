// What networks of tables take: numbers, and a field of ids for each column of categories (data/categories.h).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/architecture.h"
#include "nn/category_embeddings.h"

namespace dlrun {

struct TableShape {
  int64_t numbers = 0;                // of a sample, whatever its shape; may be 0 where there are categories
  std::vector<FieldInfo> categories;  // in order

  std::vector<int64_t> kinds() const;  // ids of each column, the unknown one counted
  std::vector<at::Tensor> ids(const Batch& batch) const;
  // The numbers in a row, [N, numbers].
  at::Tensor rows(const Batch& batch) const { return batch["input"].flatten(1); }
};

// Throws unless all that the data give is "input". expect_numbers() includes it.
void expect_no_categories(const std::string& type, const Shapes& shapes);

// Throws like expect_numbers(), but takes categories as ids too.
TableShape table_shape(const std::string& type, const Shapes& shapes);

// An embedding for each column, null without any. `size` left open: for n ids min(600, 1.6 n^0.56), as fastai's.
std::shared_ptr<CategoryEmbeddings> make_embeddings(const TableShape& shape, std::optional<int64_t> size);
// Numbers and vectors of a sample beside each other, [N, numbers + width].
at::Tensor embedded_rows(const TableShape& shape, const std::shared_ptr<CategoryEmbeddings>& embeddings,
                         const Batch& batch);

// The option by which recipes give that size.
Field embedding_size_field(std::optional<int64_t>& size);

}  // namespace dlrun
