// Spearman's correlation against scipy's.

#include "metrics/cases.h"

namespace dlrun::spearman_test {
namespace {

TEST_CASE("spearman equals scipy's, also of equal numbers") { check_numbers("spearman"); }

}  // namespace
}  // namespace dlrun::spearman_test
