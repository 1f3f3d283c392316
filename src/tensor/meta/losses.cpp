// Meta kernels of losses and distances.

#include <ATen/ATen.h>
#include <ATen/TensorIterator.h>
#include <torch/library.h>

namespace dlrun {
namespace {

using Optional = std::optional<at::Tensor>;

at::Tensor reduced(const at::Tensor& losses, int64_t reduction) {
  return reduction == at::Reduction::None ? losses : at::empty({}, losses.options());
}

at::Tensor broadcast(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor out;
  return at::TensorIterator::binary_op(out, a, b).output();
}

at::Tensor mse_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor& target, int64_t) {
  return broadcast(x, target);
}

at::Tensor bce(const at::Tensor& x, const at::Tensor& target, const Optional&, int64_t reduction) {
  TORCH_CHECK(x.sizes() == target.sizes(), "a prediction of ", x.sizes(), " and a target of ", target.sizes());
  return reduced(at::empty_like(x), reduction);
}
at::Tensor bce_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor&, const Optional&, int64_t) {
  return at::empty_like(x);
}

at::Tensor huber(const at::Tensor& x, const at::Tensor& target, int64_t reduction, double) {
  return reduced(broadcast(x, target), reduction);
}
at::Tensor& huber_backward_out(const at::Tensor&, const at::Tensor& x, const at::Tensor& target, int64_t, double,
                               at::Tensor& out) {
  const at::Tensor made = broadcast(x, target);
  out.resize_(made.sizes());
  return out;
}

void check_classes(const at::Tensor& x, const at::Tensor& target) {
  TORCH_CHECK(x.dim() == 4 && target.dim() == 3 && target.size(0) == x.size(0) && target.size(1) == x.size(2) &&
                  target.size(2) == x.size(3),
              "size mismatch (got input: ", x.sizes(), " , target: ", target.sizes(), ")");
}
std::tuple<at::Tensor, at::Tensor> nll2d(const at::Tensor& x, const at::Tensor& target, const Optional&,
                                         int64_t reduction, int64_t) {
  check_classes(x, target);
  const at::Tensor losses = at::empty(target.sizes(), x.options());
  return {reduced(losses, reduction), at::empty({}, x.options())};
}
at::Tensor nll2d_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor& target, const Optional&, int64_t,
                          int64_t, const at::Tensor&) {
  check_classes(x, target);
  return at::empty_like(x);
}

at::Tensor multi_margin(const at::Tensor& x, const at::Tensor& target, const at::Scalar&, const at::Scalar&,
                        const Optional&, int64_t reduction) {
  return reduced(at::empty(target.sizes(), x.options()), reduction);
}
at::Tensor multi_margin_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor&, const at::Scalar&,
                                 const at::Scalar&, const Optional&, int64_t) {
  return at::empty(x.sizes(), x.options());
}

// [N, T, C] log probabilities of T steps: what is kept are the sums over all ways to the target.
std::tuple<at::Tensor, at::Tensor> ctc(const at::Tensor& likely, const at::Tensor&, at::IntArrayRef steps,
                                       at::IntArrayRef targets, int64_t, bool) {
  int64_t longest = 0;
  for (const int64_t length : targets) longest = std::max(longest, length);
  const int64_t batch = static_cast<int64_t>(steps.size());
  return {at::empty({batch}, likely.options()), at::empty({batch, likely.size(0), 2 * longest + 1}, likely.options())};
}

at::Tensor cdist(const at::Tensor& a, const at::Tensor& b, double, std::optional<int64_t>) {
  TORCH_CHECK(a.dim() >= 2 && b.dim() >= 2 && a.size(-1) == b.size(-1),
              "X1 and X2 must have the same number of columns");
  std::vector<int64_t> sizes = at::infer_size(a.sizes().slice(0, static_cast<size_t>(a.dim() - 2)),
                                              b.sizes().slice(0, static_cast<size_t>(b.dim() - 2)));
  sizes.push_back(a.size(-2));
  sizes.push_back(b.size(-2));
  return at::empty(sizes, a.options());
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("mse_loss_backward", &mse_backward);
  library.impl("binary_cross_entropy", &bce);
  library.impl("binary_cross_entropy_backward", &bce_backward);
  library.impl("huber_loss", &huber);
  library.impl("huber_loss_backward.out", &huber_backward_out);
  library.impl("smooth_l1_loss_backward.grad_input", &huber_backward_out);
  library.impl("nll_loss2d_forward", &nll2d);
  library.impl("nll_loss2d_backward", &nll2d_backward);
  library.impl("multi_margin_loss", &multi_margin);
  library.impl("multi_margin_loss_backward", &multi_margin_backward);
  library.impl("_ctc_loss", &ctc);
  library.impl("_cdist_forward", &cdist);
}

}  // namespace
}  // namespace dlrun
