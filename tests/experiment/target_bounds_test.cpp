// Targets that a loss does not take are told before a training, by row and column.

#include "experiment/target_bounds.h"

#include <catch2/catch.hpp>

#include "experiment/experiment.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::target_bounds_test {
namespace {

// "" where the experiment is built.
std::string refusal(const std::string& rows, const std::string& data, const std::string& loss, ExitCode code) {
  const test::TempDir dir;
  const std::string path = dir.write("t.csv", "x,visits,sales\n" + rows);
  Recipe recipe;
  read_text("version: 1\nname: t\ntask: regression\ndata: {type: csv, path: " + path + ", " + data +
                "}\narchitecture: {type: mlp, widths: [3]}\noptimizer: sgd\nloss: " + loss + "\n",
            "t.yaml", {}, recipe);
  try {
    build(recipe, {});
  } catch (const UserError& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "";
}

TEST_CASE("poisson refuses a count below 0 before training, naming row and column") {
  const std::string targets = "targets: [visits, sales]";
  CHECK(refusal("1,0,2\n2,3,1\n3,1,0\n", targets, "poisson", ExitCode::bad_data).empty());
  const std::string bad = refusal("1,0,2\n2,3,-1.5\n3,1,0\n4,-2,1\n", targets, "poisson", ExitCode::bad_data);
  INFO(bad);
  CHECK(bad.find("loss: poisson compares counts, and target 'sales' of ") == 0);
  CHECK(bad.find("t.csv") != std::string::npos);
  CHECK(bad.find("3") != std::string::npos);
  CHECK(bad.find("is -1.5, the first of 2 below 0") != std::string::npos);
  CHECK(refusal("1,0,2\n2,3,-1.5\n3,1,0\n", targets, "mse", ExitCode::bad_data).empty());
}

TEST_CASE("poisson refuses targets that were scaled, and looks at held-out rows too") {
  CHECK(refusal("1,0,2\n2,3,1\n3,1,0\n", "target: sales, drop: [visits], target_scaling: standard", "poisson",
                ExitCode::bad_recipe)
            .find("data.target_scaling: loss poisson compares counts") == 0);
  const std::string held_out =
      refusal("1,0,2\n2,0,3\n3,1,4\n4,1,-4\n", "target: sales, val: {column: visits, value: \"1\"}", "poisson",
              ExitCode::bad_data);
  INFO(held_out);
  CHECK(held_out.find("(val) is -4;") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::target_bounds_test
