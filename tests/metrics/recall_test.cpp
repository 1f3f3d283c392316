// Recall against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::recall_test {
namespace {

TEST_CASE("recall equals scikit-learn's with every average, also of classes that are not there") {
  check_averages("recall");
}

}  // namespace
}  // namespace dlrun::recall_test
