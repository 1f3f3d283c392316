// Precision against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::precision_test {
namespace {

TEST_CASE("precision equals scikit-learn's with every average, also of classes that are not there") {
  check_averages("precision");
}

}  // namespace
}  // namespace dlrun::precision_test
