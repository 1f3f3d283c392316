// What a training leaves for people: the numbers as CSV, the curves as a picture.

#include "report/run_files.h"

#include <catch2/catch.hpp>

#include "report/line_chart.h"

namespace dlrun::run_files_test {
namespace {

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("metrics.csv has a column for each number and a row for each record that has one") {
  const std::string csv = metrics_csv(
      "{\"event\":\"step\",\"step\":50,\"epoch\":1,\"train/loss\":0.1}\n"
      "{\"event\":\"diagnosis\",\"step\":60,\"name\":\"dead_relus\"}\n"
      "{\"event\":\"validation\",\"step\":100,\"epoch\":2,\"val/"
      "loss\":\"NaN\",\"a,b\":\"-Infinity\",\"note\":\"text\"}\n"
      "{\"event\":\"test\",\"step\":100,\"test/loss\":1e-8,\"ignored\":3}\n"
      "{\"event\":\"st");
  CHECK(csv ==
        "event,step,epoch,train/loss,val/loss,\"a,b\",test/loss,ignored\n"
        "step,50,1,0.1,,,,\n"
        "validation,100,2,,nan,-inf,,\n"
        "test,100,,,,,1e-8,3\n");
  CHECK(metrics_csv("") == "event,step,epoch\n");
}

TEST_CASE("charts are one picture, with a title and the names of the lines for each") {
  LineChart loss{.title = "loss <&>"};
  loss.lines = {{"train", {{1, 2.0}, {2, 1.0}}, 0}, {"val", {{1, 2.5}}, 1}};
  const std::string svg = charts_svg({loss, loss, loss}, 2);
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 568\""));
  CHECK(count_of(svg, ">loss &lt;&amp;&gt;</text>") == 3);
  CHECK(count_of(svg, "<polyline") == 3);
  CHECK(count_of(svg, "<circle") == 3);
  CHECK(count_of(svg, ">val</text>") == 3);
  CHECK(count_of(svg, "http") == 1);  // nothing comes from elsewhere
}

}  // namespace
}  // namespace dlrun::run_files_test
