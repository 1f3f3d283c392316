// Rows of a table that count differently.

#include <catch2/catch.hpp>

#include "data/components.h"

namespace dlrun::weight_column_test {
namespace {

TEST_CASE("data.weight_column is a field of every batch, and no input") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "a,w,b\n1,2,x\n2,0.5,y\n3,0,x\n5,1,y\n");
  const Splits splits =
      test::dataset("csv", {{"path", path}, {"target", "b"}, {"weight_column", "w"}})->open({.classification = true});
  CHECK(splits.info.features == std::vector<std::string>{"a"});
  REQUIRE(splits.info.find("weight") != nullptr);
  CHECK(test::reals(splits.train->gather(all_rows(4))["weight"]) == std::vector<double>{2, 0.5, 0, 1});
  const Splits plain = test::dataset("csv", {{"path", path}, {"target", "b"}})->open({.classification = true});
  CHECK(plain.info.find("weight") == nullptr);
}

TEST_CASE("a weight that is no number from 0 up is refused with its line") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "a,w,b\n1,2,x\n2,-1,y\n");
  const auto open = [&](const char* column) {
    test::dataset("csv", {{"path", path}, {"target", "b"}, {"weight_column", column}})->open({.classification = true});
  };
  test::check_error([&] { open("w"); }, ExitCode::bad_data,
                    "line 3: '-1' in column 'w' (data.weight_column) is no number from 0 up");
  test::check_error([&] { open("v"); }, ExitCode::bad_recipe, "data.weight_column: ");
}

}  // namespace
}  // namespace dlrun::weight_column_test
