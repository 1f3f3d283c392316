// The Brier score against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::brier_test {
namespace {

TEST_CASE("brier equals scikit-learn's, of two classes and of more") { check_classes("brier"); }

}  // namespace
}  // namespace dlrun::brier_test
