// A split whose samples are series of unequal lengths.

#include "data/series_split.h"

namespace dlrun {

SeriesSplit::SeriesSplit(at::Tensor values, at::Tensor lengths, at::Tensor target, std::vector<int64_t> rows,
                         std::function<std::string(int64_t)> name)
    : values_(std::move(values)),
      lengths_(std::move(lengths)),
      target_(std::move(target)),
      rows_(std::move(rows)),
      name_(std::move(name)) {}

int64_t SeriesSplit::label(int64_t index) const {
  const bool classes = target_.defined() && target_.scalar_type() == at::kLong;
  return classes ? target_.const_data_ptr<int64_t>()[row(index)] : -1;
}

Batch SeriesSplit::gather(std::span<const int64_t> indices) const {
  const int64_t count = static_cast<int64_t>(indices.size());
  at::Tensor rows = at::empty({count}, at::kLong);
  for (int64_t i = 0; i < count; ++i) rows.data_ptr<int64_t>()[i] = row(indices[static_cast<size_t>(i)]);
  const at::Tensor lengths = lengths_.index_select(0, rows);
  const int64_t longest = count > 0 ? lengths.max().item<int64_t>() : 0;
  Batch batch{{"input", values_.narrow(1, 0, longest).index_select(0, rows)}, {"input.lengths", lengths}};
  if (target_.defined()) batch.set("target", target_.index_select(0, rows));
  batch.count = count;
  return batch;
}

}  // namespace dlrun
