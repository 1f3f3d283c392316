// A split whose samples are rows of tensors in memory.

#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

// A column of the user's table that goes with the samples into their predictions.
struct CarriedColumn {
  std::string name;
  std::vector<std::string> cells;  // one for each sample
};

class TensorSplit final : public Split {
 public:
  using Fields = std::vector<std::pair<std::string, at::Tensor>>;
  // `fields`: contiguous CPU tensors [N, ...], shared, never changed. `rows`: the split's rows of them, in order.
  // `name` says how a row (of the tensors) is called in messages.
  TensorSplit(Fields fields, std::vector<int64_t> rows, std::function<std::string(int64_t)> name = {});

  int64_t size() const override { return static_cast<int64_t>(rows_.size()); }
  Batch gather(std::span<const int64_t> indices) const override;
  std::string describe(int64_t index) const override;
  int64_t label(int64_t index) const override;  // of "target" [N] int64

  const SourceRows* rows_written() const override { return written_.get(); }
  void keep_rows(std::shared_ptr<const SourceRows> written) { written_ = std::move(written); }
  void forget_rows() override { written_.reset(); }

  const std::vector<CarriedColumn>& carried() const { return carried_; }
  void carry(std::vector<CarriedColumn> columns) { carried_ = std::move(columns); }

  const std::vector<int64_t>& rows() const { return rows_; }

 private:
  Fields fields_;
  std::vector<int64_t> rows_;
  std::function<std::string(int64_t)> name_;
  std::shared_ptr<const SourceRows> written_;
  std::vector<CarriedColumn> carried_;
};

// 0, 1, ..., count - 1.
std::vector<int64_t> all_rows(int64_t count);

}  // namespace dlrun
