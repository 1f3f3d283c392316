// Vectors for the categories of a table.

#include "nn/category_embeddings.h"

#include <c10/core/GradMode.h>

#include "nn/init.h"

namespace dlrun {

CategoryEmbeddings::CategoryEmbeddings(const std::vector<int64_t>& kinds, const std::vector<int64_t>& widths) {
  for (size_t i = 0; i < kinds.size(); ++i) {
    Embedding& column = *columns_.emplace_back(make<Embedding>(std::to_string(i), kinds[i], widths[i]));
    trunc_normal_(column.weight, 0.0, 0.01, -0.02, 0.02);
    forget_unknown(column);
    width_ += widths[i];
  }
}

at::Tensor CategoryEmbeddings::compute(const std::vector<at::Tensor>& ids) {
  std::vector<at::Tensor> vectors;
  for (size_t i = 0; i < columns_.size(); ++i) vectors.push_back(columns_[i]->forward(ids[i]));
  return at::cat(vectors, 1);
}

void forget_unknown(Embedding& column) {
  const c10::NoGradGuard no_grad;
  constant_(column.weight.select(0, 0), 0.0);
}

}  // namespace dlrun
