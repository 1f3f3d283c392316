// Numbers of classes from a confusion matrix, against their definitions.

#include "report/class_section.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace dlrun::class_section_test {
namespace {

TEST_CASE("precision, recall and F1 of each class, and what it is taken for") {
  const ResultTable confusion{"confusion_matrix",
                              "true",
                              "predicted",
                              {"a", "b", "c"},
                              {"a", "b", "c"},
                              {8, 1, 1,  //
                               2, 6, 0,  //
                               0, 0, 0}};
  const std::vector<ClassScores> classes = scores_of_classes(confusion);
  REQUIRE(classes.size() == 3);
  CHECK(classes[0].samples == 10);
  CHECK(classes[0].precision == Approx(8.0 / 10));
  CHECK(classes[0].recall == Approx(8.0 / 10));
  CHECK(classes[0].taken_for == "b");
  CHECK(classes[1].precision == Approx(6.0 / 7));
  CHECK(classes[1].recall == Approx(6.0 / 8));
  CHECK(classes[1].f1 == Approx(2 * 6.0 / (7 + 8)));
  CHECK(classes[1].taken_for == "a");
  CHECK(classes[2].precision == 0.0);  // one sample was taken for it, and none was of it
  CHECK(std::isnan(classes[2].recall));
  CHECK(classes[2].taken_for.empty());
}

}  // namespace
}  // namespace dlrun::class_section_test
