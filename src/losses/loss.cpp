// What losses share: means over weights that only the device knows, and samples that count differently.

#include "losses/loss.h"

#include "base/error.h"

namespace dlrun {
namespace {

Weighted mean_of_terms(const Terms& terms) {
  if (!terms.weight.defined()) return {terms.loss.mean(), weight_of(terms.loss.numel(), terms.loss)};
  return mean_of(terms.loss.sum(), terms.weight.sum(at::kDouble));
}

// weight [N] -> as much for every term of sample i
at::Tensor spread(const at::Tensor& weight, const at::Tensor& terms) {
  std::vector<int64_t> sizes(static_cast<size_t>(terms.dim()), 1);
  sizes[0] = weight.size(0);
  return weight.to(terms.scalar_type()).reshape(sizes).expand_as(terms);
}

}  // namespace

Terms PairLoss::terms(const at::Tensor&, const at::Tensor&) const {
  throw UserError(ExitCode::bad_recipe,
                  "data.weight_column: this loss is no mean over samples, and cannot count one of them for more than "
                  "another; take the key out, or another loss");
}

Weighted PairLoss::forward(const Batch& answer, const Batch& truth) const {
  if (!truth.has("weight")) return compare(answer["output"], truth["target"]);
  Terms each = terms(answer["output"], truth["target"]);
  const at::Tensor counts = spread(truth["weight"], each.loss);
  each.loss = each.loss * counts;
  each.weight = each.weight.defined() ? each.weight * counts : counts;
  return mean_of_terms(each);
}

Weighted TermLoss::compare(const at::Tensor& prediction, const at::Tensor& target) const {
  return mean_of_terms(terms(prediction, target));
}

void expect_numbers(const char* name, const at::Tensor& prediction, const at::Tensor& target) {
  if (target.is_floating_point() && prediction.sizes() == target.sizes()) return;
  throw UserError(ExitCode::bad_recipe,
                  std::string("loss: ") + name +
                      " compares numbers one by one, and this task's targets are classes or of another shape than the "
                      "network's output; cross_entropy is for classes");
}

at::Tensor weight_of(int64_t count, const at::Tensor& like) {
  return at::scalar_tensor(static_cast<double>(count), like.options().dtype(at::kDouble).requires_grad(false));
}

Weighted mean_of(const at::Tensor& sum, const at::Tensor& weight) {
  // A sum of nothing is 0, and stays it whatever it is divided by.
  const at::Tensor divisor = at::where(weight.eq(0), 1.0, weight).to(sum.scalar_type());
  return {sum / divisor, weight.to(at::kDouble)};
}

}  // namespace dlrun
