// Area under the ROC curve against scikit-learn's.

#include "golden.h"
#include "metrics/support.h"

namespace dlrun::roc_auc_test {
namespace {

TEST_CASE("roc_auc equals scikit-learn's, also where scores are equal") {
  const nlohmann::json golden = read_golden("metrics/roc_auc");
  for (const auto& [name, one] : golden.items()) {
    INFO(name);
    const at::Tensor scores = at::tensor(one["scores"].get<std::vector<double>>(), at::kDouble);
    const at::Tensor labels = at::tensor(one["labels"].get<std::vector<int64_t>>(), at::kLong);
    const double expected = one["auc"].get<double>();
    CHECK(value_of("roc_auc", scores.unsqueeze(1), labels) == Approx(expected).epsilon(1e-12));
    CHECK(value_of("roc_auc", at::stack({-scores / 2, scores / 2}, 1), labels) == Approx(expected).epsilon(1e-12));
    CHECK(value_of("roc_auc", -scores.unsqueeze(1), labels) == Approx(1 - expected).epsilon(1e-12));
  }
}

TEST_CASE("roc_auc of one class alone is no number") {
  CHECK(std::isnan(value_of("roc_auc", at::rand({4, 1}), at::ones({4}, at::kLong))));
}

}  // namespace
}  // namespace dlrun::roc_auc_test
