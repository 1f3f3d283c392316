// Softmax's relatives that give most scores a share of 0.
//
// Which scores get a share is found by sorting them, from values alone: among thresholds that hold if the first 1, 2,
// ... C of the sorted scores get one, the right one is that of as many as lie above it. The shares are then formulas of
// the scores that get one, and their gradients those of these formulas.

#include "models/sparsemax.h"

namespace dlrun {
namespace {

// 1, 2, ... C
at::Tensor counts_like(const at::Tensor& scores) { return at::arange(1, scores.size(1) + 1, scores.options()); }

at::Tensor sorted_down(const at::Tensor& scores) { return std::get<0>(scores.sort(1, true)); }

// 1 for scores that get a share, 0 for the others. `thresholds` [N, C] hold for the first 1, 2, ... C of `sorted`.
at::Tensor chosen(const at::Tensor& scores, const at::Tensor& sorted, const at::Tensor& thresholds) {
  const at::Tensor last = sorted.ge(thresholds).sum(1, true).sub(1).clamp_min(0);
  return scores.gt(thresholds.gather(1, last)).to(scores.scalar_type());
}

at::Tensor chosen_by_sparsemax(const at::Tensor& scores) {
  const at::Tensor sorted = sorted_down(scores);
  return chosen(scores, sorted, (sorted.cumsum(1) - 1) / counts_like(scores));
}

// Of `count` numbers with this mean and sum of squared distances from it: the t below them with sum (x - t)^2 = 1.
at::Tensor squares_threshold(const at::Tensor& mean, const at::Tensor& squares, const at::Tensor& count) {
  return mean - ((1 - squares) / count).clamp_min(0).sqrt();
}

at::Tensor chosen_by_entmax(const at::Tensor& halves) {
  const at::Tensor sorted = sorted_down(halves), counts = counts_like(halves);
  const at::Tensor mean = sorted.cumsum(1) / counts;
  const at::Tensor squares = (sorted * sorted).cumsum(1) - counts * mean * mean;
  return chosen(halves, sorted, squares_threshold(mean, squares, counts));
}

// Small numbers keep more digits.
at::Tensor from_the_top(const at::Tensor& scores) { return scores - scores.detach().amax({1}, true); }

}  // namespace

at::Tensor sparsemax(const at::Tensor& scores) {
  const at::Tensor x = from_the_top(scores), share = chosen_by_sparsemax(x.detach());
  const at::Tensor threshold = ((x * share).sum(1, true) - 1) / share.sum(1, true);
  return (x - threshold) * share;
}

at::Tensor entmax15(const at::Tensor& scores) {
  const at::Tensor x = from_the_top(scores) / 2, share = chosen_by_entmax(x.detach()), count = share.sum(1, true);
  const at::Tensor mean = (x * share).sum(1, true) / count, distances = (x - mean) * share;
  const at::Tensor roots = (x - squares_threshold(mean, distances.square().sum(1, true), count)) * share;
  return roots.square();
}

}  // namespace dlrun
