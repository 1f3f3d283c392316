// Columns of tables that are ids or formulas: from cells to fields of a batch, stored, and read from new tables.

#include "data/categories.h"

#include "base/log.h"
#include "data/components.h"

namespace dlrun::categories_test {
namespace {

using nlohmann::json;
using test::check_error;
using test::list;
using test::reals;

constexpr const char* cells =
    "size,colour,shape,y\n1,red,round,a\n2,blue,,b\n4,red,square,a\n5,green,round,b\n6,grey,?,a\n";

json recipe_of(const std::string& path, const json& more = json::object()) {
  json recipe = {
      {"path", path}, {"target", "y"}, {"scaling", "none"}, {"categories", "index"}, {"test", {{"rows", {3, 5}}}}};
  recipe.update(more);
  return recipe;
}

TEST_CASE("csv gives categories as ids of their own, 0 being one that no training row has") {
  test::TempDir dir;
  const auto reader = test::dataset("csv", recipe_of(dir.write("t.csv", cells)));
  const Splits splits = reader->open({.classification = true});
  const std::vector<FieldInfo> columns = category_fields(splits.info.fields);
  REQUIRE(columns.size() == 2);
  CHECK(columns[0].name == "category.colour");
  CHECK(columns[0].names == std::vector<std::string>{"(unknown)", "blue", "red"});
  CHECK(columns[1].names == std::vector<std::string>{"(unknown)", "(missing)", "round", "square"});
  CHECK(splits.info.features == std::vector<std::string>{"size"});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1});

  const Batch train = splits.train->gather(std::vector<int64_t>{0, 1, 2});
  CHECK(reals(train["input"]) == std::vector<double>{1, 2, 4});
  CHECK(list(train["category.colour"]) == std::vector<int64_t>{2, 1, 2});
  CHECK(list(train["category.shape"]) == std::vector<int64_t>{2, 1, 3});
  const Batch held_out = splits.test->gather(std::vector<int64_t>{0, 1});
  CHECK(list(held_out["category.colour"]) == std::vector<int64_t>{0, 0});
  CHECK(list(held_out["category.shape"]) == std::vector<int64_t>{2, 1});

  // The same numbers as features.
  const at::Tensor hot = with_one_hot(train, splits.info.fields);
  const Splits features =
      test::dataset("csv", recipe_of(dir / "t.csv", {{"categories", "one_hot"}}))->open({.classification = true});
  CHECK(at::equal(hot, features.train->gather(std::vector<int64_t>{0, 1, 2})["input"]));
  CHECK(category_fields(features.info.fields).empty());
}

TEST_CASE("csv reads ids of new tables as of those it learned from, of several files one after the other") {
  test::TempDir dir;
  const auto reader = test::dataset("csv", recipe_of(dir.write("t.csv", cells)));
  const json fitted = json::parse(reader->open({.classification = true}).info.fitted.dump());
  const std::string first = dir.write("a.csv", "colour,size,shape\nred,9,square\nnone,8,round\n");
  const std::string second = dir.write("b.csv", "shape,size,colour\n,7,blue\n");
  open_log_file(dir / "log.txt");
  const auto split = reader->open_inputs({first, second}, {.fitted = fitted, .classification = true});
  close_log_file();
  const Batch batch = split->gather(std::vector<int64_t>{0, 1, 2});
  CHECK(list(batch["category.colour"]) == std::vector<int64_t>{2, 0, 1});
  CHECK(list(batch["category.shape"]) == std::vector<int64_t>{3, 2, 1});
  CHECK(reals(batch["input"]) == std::vector<double>{9, 8, 7});
  CHECK(test::read_bytes(dir / "log.txt")
            .find("column 'colour': one cell of a category that no training row has, "
                  "'none' the first of them; all of them have the id 0") != std::string::npos);
  const auto strict = test::dataset("csv", recipe_of(dir / "t.csv", {{"unknown_category", "error"}}));
  check_error([&] { strict->open({.classification = true}); }, ExitCode::bad_data, "line 5: column 'colour': 'green'");
}

TEST_CASE("a table of categories alone has an input of no numbers") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "colour,y\nred,1\nblue,2\nred,3\n");
  const Splits splits = test::dataset("csv", {{"path", path}, {"target", "y"}, {"categories", "index"}})->open({});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{0});
  const Batch batch = splits.train->gather(std::vector<int64_t>{0, 1, 2});
  CHECK(batch["input"].sizes() == at::IntArrayRef({3, 0}));
  CHECK(list(batch["category.colour"]) == std::vector<int64_t>{2, 1, 2});
}

TEST_CASE("csv makes of a formula the share of each element") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "x,what,y\n5,Fe2O3,1\n6,H2O,2\n7,Ca(OH)2,3\n8,LiF,4\n");
  const json recipe = {
      {"path", path}, {"target", "y"}, {"formula", {"what"}}, {"scaling", "none"}, {"test", {{"rows", {3, 4}}}}};
  const auto reader = test::dataset("csv", recipe);
  open_log_file(dir / "log.txt");
  const Splits splits = reader->open({});
  close_log_file();
  REQUIRE(splits.info.features.size() == 119);
  CHECK(splits.info.features[0] == "x");
  CHECK(splits.info.features[26] == "what.Fe");
  const at::Tensor input = splits.train->gather(std::vector<int64_t>{0, 1, 2})["input"];
  CHECK(test::reals(input.select(1, 0)) == std::vector<double>{5, 6, 7});
  CHECK(input[0][26].item<float>() == Approx(0.4));
  CHECK(input[0][8].item<float>() == Approx(0.6));
  CHECK(input[2][1].item<float>() == Approx(0.4));
  CHECK(at::allclose(input.narrow(1, 1, 118).sum(1), at::ones({3})));
  CHECK(test::read_bytes(dir / "log.txt")
            .find("column 'what': one cell with an element that no training row has, "
                  "'LiF' the first of them") != std::string::npos);

  const json fitted = json::parse(splits.info.fitted.dump());
  const std::string more = dir.write("n.csv", "what,x\nH2,1\n");
  CHECK(reader->open_inputs({more}, {.fitted = fitted})->gather(std::vector<int64_t>{0})["input"][0][1].item<float>() ==
        1.0f);
  json strict = recipe;
  strict["unknown_category"] = "error";
  check_error([&] { test::dataset("csv", strict)->open({}); }, ExitCode::bad_data,
              "line 5: column 'what': 'LiF' holds Li, which occurs in no training row");
}

TEST_CASE("csv refuses cells that are no formula, with their line") {
  test::TempDir dir;
  const auto open = [&](const std::string& text, const json& more = json::object()) {
    json recipe = {{"path", dir.write("t.csv", text)}, {"target", "y"}, {"formula", {"what"}}};
    recipe.update(more);
    return test::dataset("csv", recipe)->open({});
  };
  check_error([&] { open("what,y\nFe2O3,1\nFe2Q3,2\n"); }, ExitCode::bad_data,
              "line 3: column 'what': 'Fe2Q3' 'Q' is no element");
  check_error([&] { open("what,y\nFe2O3,1\n,2\n"); }, ExitCode::bad_data,
              "line 3: column 'what': holds no formula, and nothing can stand for one");
  CHECK(open("what,y\nFe2O3,1\n,2\n", {{"missing", {{"categorical", "drop_row"}}}}).train->size() == 1);
  check_error(
      [&] {
        open("what,y\nFe2O3,1\n", {{"categorical", {"what"}}});
      },
      ExitCode::bad_recipe, "data.formula: 'what' is named as another kind of column too");
  check_error([&] { open("what,y\nFe2O3,1\n", {{"formula", {"waht"}}}); }, ExitCode::bad_recipe, "did you mean 'what'");
}

}  // namespace
}  // namespace dlrun::categories_test
