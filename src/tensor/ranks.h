// The other processes of a training, for what computes with the rows of all of them: norms, losses that compare
// samples.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "tensor/batch.h"

namespace dlrun {

// Exchanges that every rank calls in the same order, with tensors of the same sizes but for the rows of append().
// dist/group.h implements it; here is what a room below it needs.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int64_t rank() const = 0;
  virtual int64_t size() const = 0;
  virtual void add(at::Tensor& tensor) = 0;                 // in place: the sum over all ranks
  virtual at::Tensor append(const at::Tensor& tensor) = 0;  // the rows of rank 0, then those of rank 1, ...
  // whole [size * n], mine [n]: the part of the sum over all ranks that is this rank's, and the parts of all ranks.
  virtual void scatter_sums(const at::Tensor& whole, at::Tensor& mine) = 0;
  virtual void gather(const at::Tensor& mine, at::Tensor& whole) = 0;
  // To and from one other rank alone, in the order in which they were sent. What is sent is not touched until finish().
  virtual void begin_send(const at::Tensor& tensor, int64_t to) = 0;
  virtual at::Tensor receive(int64_t from) = 0;
  virtual void finish() = 0;
};

// Until it is destroyed, this thread computes one turn, forward and backward, beside those of all `ranks`: each rank
// runs the same operators on rows of its own, and calls backward() on the sum over its rows, not their mean. Scopes do
// not nest. `norms`: those over the batch learn from the rows of all ranks too.
class Together {
 public:
  Together(Ranks& ranks, bool norms);
  ~Together();
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;
};

// Those of the scope; null outside of one, and where this process is alone.
Ranks* ranks_together();
// The same for norms over the batch: null also where each has its own rows.
Ranks* ranks_of_norms();

// [n, ...] on every rank -> the rows of all, by rank; the tensor itself outside of a scope. A gradient goes back to the
// rows it belongs to, from what every rank made of them.
at::Tensor rows_of_all_ranks(const at::Tensor& rows);
// The same of every field that has rows of samples.
Batch rows_of_all_ranks(const Batch& batch);

}  // namespace dlrun
