// Tables of metrics: as a record, as lines and as a drawing.

#include "eval/result_table.h"

#include <catch2/catch.hpp>

namespace dlrun::result_table_test {
namespace {

const ResultTable table{"confusion_matrix", "true", "predicted", {"cat", "a<b"}, {"cat", "a<b"}, {3, 1, 0, 0.25}};

TEST_CASE("a table is written row by row") {
  CHECK(table_record(table).dump() ==
        R"({"rows":["cat","a<b"],"columns":["cat","a<b"],"cells":[[3.0,1.0],[0.0,0.25]]})");
  const std::string lines = table_lines(table);
  CHECK_THAT(lines, Catch::Contains("true \\ predicted"));
  CHECK_THAT(lines, Catch::Contains("0.250"));
}

TEST_CASE("a table is drawn with a cell for each number, darker where a row's share is larger") {
  const std::string svg = table_svg(table);
  CHECK_THAT(svg, Catch::StartsWith("<?xml"));
  CHECK_THAT(svg, Catch::EndsWith("</svg>\n"));
  CHECK_THAT(svg, Catch::Contains("a&lt;b") && !Catch::Contains("a<b"));
  CHECK_THAT(svg, Catch::Contains("fill-opacity=\"0.750\"") && Catch::Contains("fill-opacity=\"1.000\""));
}

}  // namespace
}  // namespace dlrun::result_table_test
