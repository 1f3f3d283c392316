// Windows that slide over spatial dimensions: what convolutions and pooling share.

#pragma once

#include <vector>

#include "onnx/operators/operator.h"

namespace dlrun {

// The attributes of a window. Lists left out of the node are empty until fit().
struct OnnxWindow {
  static constexpr int64_t most = (int64_t{1} << 31) - 1;       // of every number here: no product of two overflows
  std::vector<int64_t> kernel, strides, dilations, begin, end;  // one number for each spatial dimension
  std::string auto_pad = "NOTSET";

  static OnnxWindow read(OnnxNodeReader& node);
  // With defaults for `rank` spatial dimensions, and begin and end by auto_pad for an input of these sizes. Throws
  // OnnxRefusal for lists of another length, or sizes that make no window.
  OnnxWindow fit(at::IntArrayRef sizes) const;

  int64_t reach(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }  // of the kernel with its gaps
  bool symmetric() const { return begin == end; }
};

// Throws OnnxRefusal when `each` operations for each place of the window over these sizes, and in each of `planes`, are
// beyond the budget.
void expect_windows(const OnnxWindow& fit, at::IntArrayRef sizes, double planes, double each);

// Padding of the last dimensions as at::constant_pad_nd takes it: from the last to the first, begin and end.
std::vector<int64_t> padding_of(const std::vector<int64_t>& begin, const std::vector<int64_t>& end);

}  // namespace dlrun
