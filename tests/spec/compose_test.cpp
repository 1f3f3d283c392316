// Files that build on files: what has no end is refused at the line that names it.

#include "spec/compose.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "spec/sample.h"
#include "support.h"

namespace dlrun::compose_test {
namespace {

std::string problem_of(const std::string& path) {
  sample::add_samples();
  sample::Recipe recipe;
  try {
    read_file(path, {}, recipe);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("files that build on each other are refused") {
  const test::TempDir dir;
  dir.write("b.yaml", "_base_: c.yaml\nname: b\n");
  dir.write("c.yaml", "_base_: [b.yaml]\n");
  const std::string recipe = dir.write("a.yaml", "_base_: b.yaml\narchitecture: mlp\n");
  CHECK_THAT(problem_of(recipe), Catch::Contains("c.yaml:1:10: _base_: goes in a circle: ") &&
                                     Catch::Contains("b.yaml -> ") && Catch::EndsWith("b.yaml"));
  const std::string self = dir.write("self.yaml", "name: a\narchitecture: mlp\n_base_: ./self.yaml\n");
  CHECK_THAT(problem_of(self), Catch::Contains("self.yaml:3:9: _base_: goes in a circle: "));
  // Under another name, by a link.
  std::filesystem::create_symlink("linked.yaml", dir / "link.yaml");
  const std::string linked = dir.write("linked.yaml", "_base_: link.yaml\nname: a\narchitecture: mlp\n");
  CHECK_THAT(problem_of(linked), Catch::Contains("linked.yaml:1:9: _base_: goes in a circle: "));
}

TEST_CASE("files that name files that name files are bounded in depth, in number and in what they hold") {
  const test::TempDir dir;
  for (int i = 0; i < 20; ++i)
    dir.write("deep" + std::to_string(i) + ".yaml", "_base_: deep" + std::to_string(i + 1) + ".yaml\n");
  const std::string deep = dir.write("deep.yaml", "_base_: deep0.yaml\nname: a\narchitecture: mlp\n");
  CHECK_THAT(problem_of(deep), Catch::Contains("deep15.yaml:1:9: _base_: more than 16 files deep"));
  // Each names the next one twice: 2^12 files.
  dir.write("wide12.yaml", "name: a\n");
  for (int i = 0; i < 12; ++i) {
    const std::string next = "wide" + std::to_string(i + 1) + ".yaml";
    dir.write("wide" + std::to_string(i) + ".yaml", "_base_: [" + next + ", " + next + "]\n");
  }
  const std::string wide = dir.write("wide.yaml", "_base_: wide0.yaml\nname: a\narchitecture: mlp\n");
  CHECK_THAT(problem_of(wide), Catch::Contains("_base_: more than 64 files"));
  std::string many, names;
  for (int i = 0; i < 8; ++i) {
    std::string keys;
    for (int k = 0; k < 3000; ++k) keys += "k" + std::to_string(3000 * i + k) + ": 1\n";
    dir.write("many" + std::to_string(i) + ".yaml", keys);
    names += (i ? ", many" : "many") + std::to_string(i) + ".yaml";
  }
  const std::string large = dir.write("many.yaml", "name: a\narchitecture: mlp\n_base_: [" + names + "]\n");
  CHECK_THAT(problem_of(large), Catch::Contains("many.yaml:3:9: _base_: too many values"));
}

TEST_CASE("a file that is named twice in different branches is no circle") {
  const test::TempDir dir;
  dir.write("common.yaml", "seed: 7\n");
  dir.write("left.yaml", "_base_: common.yaml\nname: left\n");
  dir.write("right.yaml", "_base_: common.yaml\nname: right\n");
  const std::string path = dir.write("a.yaml", "_base_: [left.yaml, right.yaml]\narchitecture: mlp\n");
  sample::add_samples();
  sample::Recipe recipe;
  read_file(path, {}, recipe);
  CHECK(recipe.name == "right");
  CHECK(recipe.seed == 7);
}

}  // namespace
}  // namespace dlrun::compose_test
