// Log loss against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::log_loss_test {
namespace {

TEST_CASE("log_loss equals scikit-learn's") { check_classes("log_loss"); }

TEST_CASE("log_loss of a sure and wrong answer is as large as it is") {
  const at::Tensor scores = at::tensor(std::vector<double>{2000, 0}).reshape({1, 2});
  CHECK(value_of("log_loss", scores, at::ones({1}, at::kLong)) == Approx(2000));
}

TEST_CASE("log_loss of one logit, and of a sigmoid for each class, is that of probabilities") {
  const at::Tensor logit = at::tensor(std::vector<double>{1.5, -0.5}).reshape({2, 1});
  const at::Tensor classes = at::tensor(std::vector<int64_t>{1, 1});
  const double expected = -std::log(1 / (1 + std::exp(-1.5))) - std::log(1 / (1 + std::exp(0.5)));
  CHECK(value_of("log_loss", logit, classes) == Approx(expected / 2));
  const MetricHolder each("log_loss");
  each.metric->know_chances(Chances::sigmoid);
  const at::Tensor scores = at::tensor(std::vector<double>{0.3, -1.2, 2.0}).reshape({1, 3}), all = scores.sigmoid();
  const Results results =
      each.metric->values(each.metric->measure({{"output", scores}}, {{"target", at::full({1}, 2, at::kLong)}}));
  CHECK(results[0].second == Approx(-std::log((all[0][2] / all.sum()).item<double>())));
}

}  // namespace
}  // namespace dlrun::log_loss_test
