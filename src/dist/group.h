// The processes that train one network together, and what they exchange.
//
// How a training uses it; nothing else is needed for several ranks to do what one does:
// - One sample order for any number of ranks. Every rank makes the list of the same global batch (a pure function of
//   seed, epoch and batch) and takes a share of it: rank r of n rows [r * b / n, (r + 1) * b / n) of b, so that a last
//   short batch may leave a rank without rows: it takes part in every exchange all the same, with zeros.
// - Gradients lie in one flat buffer: each rank multiplies its own by the weight of its loss (a sum of samples, tokens,
//   boxes), adds buffer and weight up with `add`, and divides by the sum of weights. Every rank then holds the same
//   bits and makes the same update; nothing else has to be sent.
// - Losses and metrics: sums go through `add` in float64, values that must be kept one by one through `append`.
// - At the start and after a checkpoint was read `from_first` gives every rank the first one's weights and states.
// - What one rank decides (a signal came, the loss is not finite, a better checkpoint) every rank must decide at the
// same
//   step: `add` a flag, and act on the sum.
// - Rank 0 alone writes files and speaks. `wait_for_all` stands where others need what it wrote, and before the end:
//   ranks leave together.

#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>

#include "dist/place.h"
#include "tensor/ranks.h"

namespace dlrun {

// Every function but rank(), size() and those of two ranks alone is an exchange: each rank calls the same ones in the
// same order, with tensors of the same dtype and sizes except where it says otherwise; it returns when this rank has
// its result. One thread at a time. Tensors are dense, on the CPU or, after use(), on this rank's GPU, of any strides
// unless it says otherwise; those without elements are exchanged for nothing. Nothing is recorded for a gradient.
//
// Throws UserError(io_error) where a rank is gone, has left or does not come within the time of GroupOptions; it names
// the rank and what was waited for. Afterwards every exchange throws the same. A call against these rules is our own
// mistake (c10::Error), found with one rank as with many, except where ranks contradict each other.
class Group : public Ranks {
 public:
  // Every element becomes its sum over all ranks. float32, float64 or int64. The same bits on every rank, and in every
  // run with as many ranks; with three or more, the order of addition may differ from element to element.
  void add(at::Tensor& tensor) override;
  // [n_r, ...] of every rank r, any dtype -> [sum of n_r, ...]: the rows of rank 0, then those of rank 1, and so on.
  // Ranks may have different numbers of rows, none too. With one rank it is the tensor itself.
  at::Tensor append(const at::Tensor& tensor) override;
  // whole [size * n], mine [n], both contiguous; float32, float64 or int64: rank r gets elements [r * n, (r + 1) * n)
  // of the sum over all ranks, at half the traffic of `add`. `whole` keeps its values. The same bits in every run with
  // as many ranks; with three or more, another order of addition than that of `add`.
  void scatter_sums(const at::Tensor& whole, at::Tensor& mine) override;
  // mine [n], whole [size * n], both contiguous, any dtype: the parts of all ranks, by rank, on every rank.
  void gather(const at::Tensor& mine, at::Tensor& whole) override;
  // These that begin and come back. Others may begin before they end, and so may any exchange above; all
  // end in the order in which they began, which is the same on every rank. Tensors are contiguous; nobody touches them
  // until finish() has come back, which waits for all that began.
  void begin_add(const at::Tensor& tensor);
  void begin_scatter_sums(const at::Tensor& whole, const at::Tensor& mine);
  void begin_gather(const at::Tensor& mine, const at::Tensor& whole);
  void finish() override = 0;
  // One rank sends, and that one receives: nobody else takes part, and other exchanges may lie between the two. Any
  // dtype but quantized ones, at most eight dimensions; the receiver need not know dtype and sizes. begin_send() comes
  // back before the tensor is there, receive() when it is. From one rank to another tensors come in the order in which
  // they were sent. What is on a GPU goes by way of the CPU: sends that meet receives in another order, as those of a
  // pipeline do, would hold each other up on a device's queue.
  void begin_send(const at::Tensor& tensor, int64_t to) override;
  at::Tensor receive(int64_t from) override;
  // Every rank gets the values of rank 0. Any dtype.
  void from_first(at::Tensor& tensor);
  // Returns when every rank has called it.
  virtual void wait_for_all() = 0;
  // From here on tensors on this device are exchanged too, each rank's on its own, by NCCL; in parts of this group that
  // are opened later as well. Every rank calls it, also on the CPU. Throws UserError(bad_recipe) where this dlrun has
  // no NCCL, where some ranks have a GPU and others none, and where two have the same.
  virtual void use(at::Device device) = 0;
  // That of use(); the CPU before.
  virtual at::Device device() const = 0;
  // A group of its own of those of these ranks whose numbers are first, first + stride, ...: `size` of them, this one
  // too. Every rank calls it alike, with the part that it is in; those of one call have no rank in common. This group
  // must outlive it.
  virtual std::shared_ptr<Group> part(const std::string& name, int64_t first, int64_t stride, int64_t size) = 0;

 private:
  // What a backend does, with contiguous tensors that have elements and were checked. What is only moved comes as uint8
  // or int64, and of two ranks alone it is on the CPU.
  virtual void sum(at::Tensor& tensor) = 0;
  virtual void collect(const at::Tensor& mine, at::Tensor& whole) = 0;
  virtual void spread(at::Tensor& tensor) = 0;
  virtual void begin_sum(const at::Tensor& tensor) = 0;
  virtual void begin_sum_parts(const at::Tensor& whole, const at::Tensor& mine) = 0;
  virtual void begin_collect(const at::Tensor& mine, const at::Tensor& whole) = 0;
  virtual void begin_pass(const at::Tensor& tensor, int64_t to) = 0;
  virtual void take(at::Tensor& tensor, int64_t from) = 0;
  // Throws c10::Error where an exchange of this tensor is not possible.
  void check(const at::Tensor& tensor, const char* what) const;
};

// To find out who is missing takes up to 12 s more.
struct GroupOptions {
  double meeting_seconds = 120;   // within which all ranks must have come to the meeting place
  double exchange_seconds = 300;  // which a rank waits for the others in an exchange
  double pulse_seconds = 0.5;     // between two signs of life; a rank is gone after four that did not come
};

// Of one process where place.size is 1, over Gloo otherwise; returns when all ranks are there. A rank that destroys its
// group has left: the others are told so when they wait for it. Throws UserError: io_error where ranks do not come or
// the meeting place cannot be reached, bad_recipe where this dlrun was built without Gloo.
std::unique_ptr<Group> open_group(const RankPlace& place, const GroupOptions& options = {});

}  // namespace dlrun
