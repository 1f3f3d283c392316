// Matthews' correlation against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::matthews_test {
namespace {

TEST_CASE("matthews equals scikit-learn's, and is 0 where one class alone is there") { check_classes("matthews"); }

}  // namespace
}  // namespace dlrun::matthews_test
