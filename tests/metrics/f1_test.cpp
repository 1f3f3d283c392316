// F1 against scikit-learn's, and what averaged metrics share.

#include "metrics/cases.h"

namespace dlrun::f1_test {
namespace {

TEST_CASE("f1 equals scikit-learn's with every average, also of classes that are not there") { check_averages("f1"); }

TEST_CASE("averaged metrics read one logit as two classes, and padding as nothing") {
  const at::Tensor logit = at::tensor(std::vector<double>{2, -1, 3, -2, 1}).reshape({5, 1});
  const at::Tensor classes = at::tensor(std::vector<int64_t>{1, 1, 0, 0, 1});
  CHECK(value_of("{type: f1, average: binary}", logit, classes) == Approx(2.0 / 3));
  const at::Tensor scores = at::tensor(std::vector<double>{0, 1, 1, 0, 0, 1, 0, 1}).reshape({2, 2, 2});
  const at::Tensor padded = at::tensor(std::vector<int64_t>{1, 0, 1, -100}).reshape({2, 2});
  CHECK(value_of("f1", scores, padded) == Approx(1.0));
}

TEST_CASE("average: binary is for two classes") {
  const MetricHolder holder("{type: f1, average: binary}");
  const Batch three{{"output", at::zeros({4, 3})}}, truth{{"target", at::zeros({4}, at::kLong)}};
  CHECK_THAT(holder.metric->misfit(three, truth), Catch::StartsWith("with average: binary looks at the second"));
  CHECK(holder.metric->misfit({{"output", at::zeros({4, 2})}}, truth).empty());
}

}  // namespace
}  // namespace dlrun::f1_test
