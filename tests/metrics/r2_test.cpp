// R2 against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::r2_test {
namespace {

TEST_CASE("r2 equals scikit-learn's, also of targets in seconds since 1970 and of targets that are all the same") {
  check_numbers("r2");
}

}  // namespace
}  // namespace dlrun::r2_test
