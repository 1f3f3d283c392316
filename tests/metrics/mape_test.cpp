// The mean absolute percentage error against scikit-learn's.

#include "metrics/cases.h"

namespace dlrun::mape_test {
namespace {

TEST_CASE("mape equals scikit-learn's, also where targets are 0") { check_numbers("mape"); }

}  // namespace
}  // namespace dlrun::mape_test
