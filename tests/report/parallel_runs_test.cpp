// Which axes and lines several runs have beside each other.

#include "report/parallel_runs.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "spec/read.h"

namespace dlrun::parallel_runs_test {
namespace {

RunRecord run_of(const std::string& optimizer, const Points& losses, const std::string& more = "") {
  RunRecord run;
  run.recipe = std::make_unique<Recipe>();
  read_text(
      "version: 1\nname: a\ntask: regression\ndata: {type: csv, path: a.csv, target: y, val: {split: 0.2}}\n"
      "architecture: mlp\noptimizer: " +
          optimizer + "\n" + more,
      "recipe.yaml", {}, *run.recipe);
  resolve(*run.recipe);
  if (run.recipe->checkpoint.monitor == "auto") run.recipe->checkpoint.monitor = "val/loss";
  if (!losses.empty()) run.series.emplace_back("val/loss", losses);
  return run;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

size_t place_of(const std::string& text, const std::string& part) {
  const size_t place = text.find(part);
  REQUIRE(place != std::string::npos);
  return place;
}

TEST_CASE("runs are lines over the keys that differ, the best validation of each its number") {
  std::vector<RunRecord> runs;
  runs.push_back(run_of("{type: adam, lr: 10}", {{1, 0.5}, {2, 0.25}, {3, 0.75}}));
  runs.push_back(run_of("{type: adam, lr: 0.5}", {{1, 0.5}, {2, 0.125}}));
  runs.push_back(run_of("{type: adam, lr: 2}", {}));  // validated never: no line
  const std::string html = parallel_runs(runs, {"one", "<two>", "three"});
  CHECK(html.find("the best val/loss of its validations, lower is better.") != std::string::npos);
  CHECK(count_of(html, "<path") == 2);
  CHECK(count_of(html, "optimizer.lr") >= 1);
  CHECK(html.find("seed") == std::string::npos);  // what is the same has no axis
  CHECK(html.find("0.25") != std::string::npos);
  CHECK(html.find("0.125") != std::string::npos);
  CHECK(html.find("0.75") == std::string::npos);
  CHECK(html.find("<two>") == std::string::npos);
  CHECK(html.find("&lt;two&gt;") != std::string::npos);
  // Numbers by their size, not as words: 0.5, 2, 10 up the axis, so down the page.
  const size_t small = place_of(html, ">0.5<"), middle = place_of(html, ">2<"), large = place_of(html, ">10<");
  CHECK(small < middle);
  CHECK(middle < large);
}

TEST_CASE("nothing is drawn of runs that cannot be set beside each other") {
  const auto two = [](RunRecord a, RunRecord b) {
    std::vector<RunRecord> runs;
    runs.push_back(std::move(a));
    runs.push_back(std::move(b));
    return parallel_runs(runs, {"one", "two"});
  };
  const Points losses = {{1, 0.5}};
  CHECK_FALSE(two(run_of("{type: adam, lr: 0.1}", losses), run_of("{type: adam, lr: 0.2}", losses)).empty());
  CHECK(two(run_of("{type: adam, lr: 0.1}", losses), run_of("{type: adam, lr: 0.1}", losses)).empty());
  CHECK(two(run_of("{type: adam, lr: 0.1}", losses), run_of("{type: adam, lr: 0.2}", {})).empty());
  CHECK(two(run_of("{type: adam, lr: 0.1}", losses), run_of("{type: adam, lr: 0.2}", {{1, NAN}})).empty());
  CHECK(two(run_of("{type: adam, lr: 0.1}", losses),
            run_of("{type: adam, lr: 0.2}", losses, "checkpoint: {monitor: val/mae}\n"))
            .empty());
}

TEST_CASE("a key with more values than an axis can name is left out, and told") {
  std::vector<RunRecord> runs;
  std::vector<std::string> labels;
  for (int i = 0; i < 13; ++i) {
    runs.push_back(
        run_of(fmt::format("{{type: adam, lr: 0.{:02}1}}", i), {{1, 0.5}}, fmt::format("seed: {}\n", i % 2)));
    labels.push_back(std::to_string(i));
  }
  const std::string html = parallel_runs(runs, labels);
  CHECK(html.find("; a key with more than 12 values left out.") != std::string::npos);
  CHECK(html.find(">seed<") != std::string::npos);
  CHECK(html.find("optimizer.lr") == std::string::npos);
}

}  // namespace
}  // namespace dlrun::parallel_runs_test
