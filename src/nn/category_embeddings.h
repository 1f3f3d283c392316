// Vectors for the categories of a table: a table of them for each column.

#pragma once

#include <vector>

#include "nn/embedding.h"

namespace dlrun {

// Names "0.weight", "1.weight", ... [kinds, width], normal(0, 0.01) cut at two deviations, as fastai's Embedding. Row 0
// is that of a category which no training row has: it is 0, and stays so, as it gets no gradient.
class CategoryEmbeddings final : public ModuleOf<std::vector<at::Tensor>> {
 public:
  // One column each: how many ids it has, and how many numbers represent one.
  CategoryEmbeddings(const std::vector<int64_t>& kinds, const std::vector<int64_t>& widths);
  int64_t width() const { return width_; }
  // ids [N] int64 of each column -> [N, width]: the vectors one after the other
  at::Tensor compute(const std::vector<at::Tensor>& ids) override;

 private:
  std::vector<std::shared_ptr<Embedding>> columns_;
  int64_t width_ = 0;
};

// Zeroes row 0 of a table of vectors.
void forget_unknown(Embedding& column);

}  // namespace dlrun
