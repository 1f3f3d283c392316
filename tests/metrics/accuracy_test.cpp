// Accuracy against its definition.

#include "metrics/support.h"

namespace dlrun::accuracy_test {
namespace {

TEST_CASE("accuracy counts the most likely class, or the most likely ones under a name of their own") {
  const at::Tensor scores = at::tensor(std::vector<double>{0.1, 0.7, 0.2, 3, 2, 1, 0, 0.5, 0.4}).reshape({3, 3});
  const at::Tensor target = at::tensor(std::vector<int64_t>{1, 1, 2});
  CHECK(value_of("accuracy", scores, target) == Approx(1.0 / 3));
  const Results best = results_of("{type: accuracy, top_k: 2}", scores, target);
  CHECK(best.at(0).first == "top2_accuracy");
  CHECK(best.at(0).second == Approx(1.0));
}

TEST_CASE("accuracy chooses what argmax does: the first of equals, and what is no number above all") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  at::Tensor scores = at::randint(0, 4, {500, 5}, at::kFloat);  // many equals
  scores[3][2] = nan;
  scores[4] = at::tensor({nan, infinity, nan, 0.0f, 1.0f});
  scores[5] = at::tensor({-infinity, -infinity, nan, infinity, 1.0f});
  scores[6].fill_(-infinity);
  const at::Tensor target = at::randint(0, 5, {500}, at::kLong);
  target.narrow(0, 3, 4).copy_(at::tensor({int64_t{2}, int64_t{0}, int64_t{2}, int64_t{0}}));
  const double expected = scores.argmax(1).eq(target).to(at::kDouble).mean().item<double>();
  const MetricHolder holder("accuracy");
  // Numbers that do not lie one after the other, or are others, take another way.
  for (const at::Tensor& same : {scores, scores.t().contiguous().t(), scores.to(at::kDouble)}) {
    const Results results = holder.metric->values(holder.metric->measure({{"output", same}}, {{"target", target}}));
    CHECK(results.at(0).second == expected);
  }
  CHECK(expected > 0.1);
}

TEST_CASE("accuracy of one logit splits at zero") {
  const at::Tensor scores = at::tensor(std::vector<double>{-1, 2, 3, -4}).reshape({4, 1});
  CHECK(value_of("accuracy", scores, at::tensor(std::vector<int64_t>{0, 1, 0, 0})) == Approx(0.75));
}

TEST_CASE("padding of a sequence counts neither as right nor as wrong") {
  const at::Tensor scores = at::tensor(std::vector<double>{1, 0, 0, 1, 1, 0, 1, 0}).reshape({2, 2, 2});
  const at::Tensor target = at::tensor(std::vector<int64_t>{0, -100, 1, -100}).reshape({2, 2});
  CHECK(value_of("accuracy", scores, target) == Approx(0.5));
}

}  // namespace
}  // namespace dlrun::accuracy_test
