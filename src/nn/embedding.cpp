// A table of vectors, looked up by id.

#include "nn/embedding.h"

#include "nn/build_device.h"
#include "nn/init.h"

namespace dlrun {

Embedding::Embedding(int64_t count, int64_t width) {
  parameter("weight", weight, new_tensor({count, width}));
  normal_(weight, 0.0, 1.0);
}

at::Tensor Embedding::compute(const at::Tensor& ids) { return at::embedding(weight, ids); }

}  // namespace dlrun
