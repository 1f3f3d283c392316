// Average precision against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::average_precision_test {
namespace {

TEST_CASE("average_precision equals scikit-learn's, also of equal scores and of classes that are not there") {
  check_classes("average_precision");
}

TEST_CASE("average_precision without a sample of the second class is no number") {
  CHECK(std::isnan(value_of("average_precision", at::rand({4, 1}), at::zeros({4}, at::kLong))));
}

}  // namespace
}  // namespace dlrun::average_precision_test
