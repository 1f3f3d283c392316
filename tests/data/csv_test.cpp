// CSV reader: parsing, encodings against pandas and scikit-learn, splits, and every way a table can be wrong.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>

#include "base/log.h"
#include "data/components.h"
#include "data/csv_table.h"
#include "golden.h"

namespace dlrun::csv_test {
namespace {

using nlohmann::json;

CsvTable parse(const std::string& text, const CsvOptions& options = {}) {
  test::TempDir dir;
  return CsvTable(dir.write("t.csv", text), options);
}

std::vector<std::string> cells_of(const CsvTable& table, int64_t row) {
  std::vector<std::string> found;
  for (int64_t column = 0; column < table.columns(); ++column) found.emplace_back(table.cell(row, column));
  return found;
}

using Row = std::vector<std::string>;

// Columns in the order of the golden file: numbers, categories, indicators.
at::Tensor golden_order(const Splits& splits, const Split& split) {
  const std::vector<std::string>& names = splits.info.features;
  std::vector<int64_t> order;
  for (int group = 0; group < 3; ++group)
    for (size_t i = 0; i < names.size(); ++i) {
      const int kind = names[i].find('=') != std::string::npos ? 1 : names[i].ends_with("_missing") ? 2 : 0;
      if (kind == group) order.push_back(static_cast<int64_t>(i));
    }
  return split.gather(all_rows(split.size()))["input"].index_select(1, at::tensor(order)).to(at::kDouble);
}

void check_summary(const at::Tensor& features, const json& golden) {
  REQUIRE(features.size(0) == golden["rows"].get<int64_t>());
  const auto close = [](const at::Tensor& mine, const json& theirs, double margin) {
    const std::vector<double> a = test::reals(mine), b = theirs.get<std::vector<double>>();
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      INFO("feature " << i);
      CHECK(a[i] == Approx(b[i]).epsilon(1e-5).margin(margin));
    }
  };
  close(features.sum(0), golden["sum"], 1e-7 * static_cast<double>(features.size(0)));
  close(features.square().sum(0), golden["square"], 1e-6);
  close(features[0], golden["first"], 1e-6);
  close(features[-1], golden["last"], 1e-6);
}

json adult_recipe(const std::string& folder) {
  return {{"path", folder + "/adult-train.csv"},
          {"header", false},
          {"target", "-1"},
          {"strip_target", "."},
          {"test", {{"path", folder + "/adult-test.csv"}}}};
}

}  // namespace

TEST_CASE("csv cells follow RFC 4180") {
  const CsvTable table = parse(
      "\xEF\xBB\xBF"
      "a, b ,\"c\"\r\n"
      "1,\"x,\"\"y\"\"\r\nz\", 3 \r\n"
      "\r\n"
      "4, \" q \" ,\n"
      ",,6");
  CHECK(table.names() == Row{"a", "b", "c"});
  REQUIRE(table.rows() == 3);
  CHECK(cells_of(table, 0) == Row{"1", "x,\"y\"\r\nz", "3"});
  CHECK(cells_of(table, 1) == Row{"4", " q ", ""});
  CHECK(cells_of(table, 2) == Row{"", "", "6"});
  CHECK(table.line(0) == 2);
  CHECK(table.line(1) == 5);
  CHECK(table.line(2) == 6);
  CHECK(table.find("b") == 1);
  CHECK(table.find("-1") == 2);
  CHECK(table.find("3") == -1);
  CHECK(table.find("d") == -1);
  CHECK(cells_of(parse("a,b\n x , y \n", {.strip = false}), 0) == Row{" x ", " y "});
  CHECK(cells_of(parse("a\rb\rc\r", {.header = false}), 2) == Row{"c"});  // old line ends
}

TEST_CASE("csv finds the separator that splits the rows evenly") {
  CHECK(parse("a;b;c\n1,5;2;3\n4,5;5;6\n").columns() == 3);
  CHECK(parse("a\tb, c\n1\t2, 3\n").columns() == 2);  // comma and tab both split in two; the comma comes first
  CHECK(parse("a|b\n\"x|y\"|2\n").columns() == 2);
  CHECK(parse("only\n1\n2\n").columns() == 1);
  CHECK(parse("a b\tc\nx, y\tz\n").columns() == 2);
  CHECK(parse("a,b\n1,2\n", {.separator = ';'}).columns() == 1);
}

TEST_CASE("csv refuses damaged tables with their line") {
  struct Case {
    const char* name;
    std::string text;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"empty", "", "is empty, expected a table"},
      {"header only", "a,b\n\n", "has no rows below the header"},
      {"short row", "a,b\n1,2\n3\n", "line 3: has 1 cells, the header has 2"},
      {"long row", "a,b\n1,2\n\n3,4,5\n", "line 4: has 3 cells, the header has 2"},
      {"open quote", "a,b\n1,\"2\n3,4\n", "line 2: a double quote opens here and never closes"},
      {"text after quote", "a,b\n\"1\"2,3\n", "line 2: text follows a closing double quote"},
      {"repeated names", "a,b,a,b,b\n1,2,3,4,5\n",
       "names 'a' twice (columns 0, 2), 'b' several times (columns 1, 3, 4)"},
      {"zero byte", std::string("a,b\n1,\0\n", 8), "line 2: holds a zero byte"},
      {"latin-1", "a,b\n1,caf\xE9\n", "line 2: is not valid UTF-8 (offset 9)"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    test::check_error([&] { parse(c.text, {.separator = ','}); }, ExitCode::bad_data, c.message);
  }
  test::TempDir dir;
  test::check_error([&] { CsvTable(dir / "none.csv", {}); }, ExitCode::no_input, "none.csv: no such file");
  test::check_error([&] { CsvTable(dir.path().string(), {}); }, ExitCode::no_input, "is a folder");
}

TEST_CASE("csv does not take values for names, nor names for places") {
  const auto refused = [](const std::string& text) {
    test::check_error([&] { parse(text); }, ExitCode::bad_data, "line 1: holds values (");
  };
  refused("5.1,3.5,red\n4.9,3.0,blue\n");
  refused("39,State-gov,77516,13\n50,Private,83311,9\n");
  refused("7;1,5;x\n6;2,5;y\n");
  refused("2024-01-31,5,1\n2024-02-01,7,2\n");
  refused("a fine film\t1\ndull\t0\nas good as any\t1\n");  // One number that its column holds too.
  CHECK(parse("name\t2020\nbob\t5\nann\t7\n").names() == Row{"name", "2020"});
  CHECK(parse("5.1,3.5\n4.9,3.0\n", {.header = false}).rows() == 2);
  CHECK(parse("5.1,3.5\n4.9,3.0\n", {.header = true}).names() == Row{"5.1", "3.5"});
  // Names that are numbers going up, and names above numbers.
  CHECK(parse("0,1,2\n5,6,7\n").names() == Row{"0", "1", "2"});
  CHECK(parse("country,1990,2000\nA,5,6\n").names() == Row{"country", "1990", "2000"});
  CHECK(parse("a,b\n1,2\n").names() == Row{"a", "b"});
  CHECK(parse("a,b\nx,y\n").names() == Row{"a", "b"});
  CHECK(parse("name,unknown\nbob,3\n").names() == Row{"name", "unknown"});

  const CsvTable numbered = parse("0,2,3,note\n5,6,7,x\n");
  CHECK(numbered.find("2") == 1);
  CHECK(numbered.find("1") == -1);
  CHECK(numbered.find("-1") == 3);
  CHECK(parse("a,b\n1,2\n").find("1") == 1);
  CHECK(parse("a,b\n1,2\n").find_name("1") == -1);
}

TEST_CASE("csv leaves out columns without a name that say nothing, and calls others by their place") {
  test::TempDir dir;
  const auto features = [&](const std::string& text, const json& more = json::object()) {
    json recipe = {{"path", dir.write("t.csv", text)}, {"target", "y"}};
    recipe.update(more);
    return test::dataset("csv", recipe)->open({}).info.features;
  };
  CHECK(features(",a,y\n0,5,1\n1,6,2\n2,8,3\n") == Row{"a"});
  CHECK(features(",a,y\n1,5,1\n2,6,2\n3,8,3\n") == Row{"a"});
  CHECK(features("a,y,\n5,1,\n6,2,\n8,3,\n") == Row{"a"});
  CHECK(features(",a,y\n7,5,1\n1,6,2\n2,8,3\n") == Row{"column_0", "a"});
  CHECK(features(",a,y\n7,5,1\n1,6,2\n2,8,3\n", {{"columns", {"index", "a", "y"}}, {"drop", {"index"}}}) == Row{"a"});
  CHECK(features("a,a,y\n7,5,1\n1,6,2\n2,8,3\n", {{"columns", {"a", "b", "y"}}}) == Row{"a", "b"});
}

TEST_CASE("csv leaves out rows without a target where asked to, with their count") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "x,y\n1,5\n2,\n3,7\n4,NA\n5,9\n6,?\n");
  const auto open = [&](const json& missing, bool classification) {
    const json recipe = {{"path", path}, {"target", "y"}, {"missing", missing}, {"val", {{"rows", {4}}}}};
    return test::dataset("csv", recipe)->open({.classification = classification});
  };
  for (const bool classification : {false, true})
    test::check_error(
        [&] { open(json::object(), classification); }, ExitCode::bad_data,
        "line 3: column 'y': the target is missing: '' means no value (data.missing.values), as in 1 more "
        "rows. data.missing.target: drop_row leaves such rows out");
  open_log_file(dir / "log.txt");
  const Splits splits = open({{"target", "drop_row"}}, false);
  close_log_file();
  CHECK(splits.train->size() == 2);
  CHECK(splits.val->size() == 1);
  CHECK(splits.train->describe(1).ends_with("line 4"));
  CHECK(test::read_bytes(dir / "log.txt")
            .find("3 rows are left out, as they hold no value in 'y' (3) (drop_row): 2 of 4 of train, 1 of 2 of val") !=
        std::string::npos);
}

TEST_CASE("csv refuses targets whose digits a network's numbers do not hold") {
  test::TempDir dir;
  std::string text = "x,y\n";
  for (int64_t i = 0; i < 50; ++i) text += std::to_string(i) + "," + std::to_string(1700000000 + 7 * i) + "\n";
  const auto open = [&](const char* scaling) {
    return test::dataset("csv", {{"path", dir.write("t.csv", text)}, {"target", "y"}, {"target_scaling", scaling}})
        ->open({});
  };
  test::check_error([&] { open("none"); }, ExitCode::bad_data, "column 'y': targets around 1700000000 that differ by");
  const Splits splits = open("standard");
  const double last = splits.train->gather(all_rows(50))["target"][-1].item<double>();
  CHECK(last * splits.info.target_scale[0] + splits.info.target_offset[0] == Approx(1700000343.0).epsilon(1e-14));
}

TEST_CASE("csv keeps equal rows in one split, and the last row of a class in training") {
  test::TempDir dir;
  std::string text = "a,b,y\n";
  for (int64_t i = 0; i < 300; ++i)
    text += std::to_string(i * 7 % 40) + (i % 3 ? ".0," : ",") + (i % 2 ? "u," : "v,") + (i % 5 ? "p" : "q") + "\n";
  text += "99,u,rare\n";
  const std::string path = dir.write("t.csv", text);
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (const json& rule : std::vector<json>{{{"split", 0.2}},
                                              {{"split", 0.2}, {"stratify", true}},
                                              {{"folds", 4}, {"fold", 1}},
                                              {{"folds", 4}, {"stratify", true}}}) {
      const json recipe = {{"path", path}, {"target", "y"}, {"val", rule}, {"test", {{"split", 0.25}}}};
      const Splits splits = test::dataset("csv", recipe)->open({.seed = seed, .classification = true});
      CHECK(splits.info.classes() == Row{"p", "q", "rare"});
      std::map<std::vector<double>, std::set<const Split*>> where;
      for (const Split* split : {splits.train.get(), splits.val.get(), splits.test.get()})
        for (const at::Tensor& row : split->gather(all_rows(split->size()))["input"].unbind(0))
          where[test::reals(row)].insert(split);
      for (const auto& [row, found] : where) CHECK(found.size() == 1);
      CHECK(std::abs(static_cast<double>(splits.test->size()) - 0.25 * 301) < 8);
    }
  // A split that the user gives is taken as it is.
  const Splits given = test::dataset("csv", {{"path", path}, {"target", "y"}, {"val", {{"rows", {0, 100}}}}})
                           ->open({.classification = true});
  CHECK(given.val->size() == 100);
}

TEST_CASE("csv tells what a table for evaluation lacks") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "size,colour,y\n1,a,2\n2,b,3\n3,a,5\n");
  const auto open = [&](const std::string& other) {
    test::dataset("csv", {{"path", path}, {"target", "y"}, {"test", {{"path", dir.write("o.csv", other)}}}})->open({});
  };
  test::check_error([&] { open("size,colour\n1,a\n"); }, ExitCode::bad_data,
                    "o.csv: has no column 'y', the target: without it nothing can be evaluated");
  test::check_error([&] { open("Size,y\n1,2\n"); }, ExitCode::bad_data,
                    "o.csv: has no columns 'size' (is it 'Size'?), 'colour', which is an input");
}

TEST_CASE("csv notices real tables that were cut short") {
  auto folder = test::real_data("california-housing");
  if (folder.empty()) return;
  const std::string text = test::read_bytes(folder / "housing.csv");
  for (double share : {0.1, 0.5, 0.9}) {
    size_t keep = static_cast<size_t>(share * static_cast<double>(text.size()));
    keep = text.rfind(',', keep);  // A cut inside the last cell of a row cannot be seen.
    INFO("kept " << keep);
    test::check_error([&] { parse(text.substr(0, keep)); }, ExitCode::bad_data, "cells, the header has 10");
  }
}

TEST_CASE("csv encodes adult as pandas and scikit-learn do") {
  auto folder = test::real_data("adult");
  if (folder.empty()) return;
  const json golden = read_golden("csv_tables")["adult"];
  auto dataset = test::dataset("csv", adult_recipe(folder.string()));
  Splits splits = dataset->open({.classification = true});
  CHECK(splits.info.classes() == Row{"<=50K", ">50K"});
  check_summary(golden_order(splits, *splits.train), golden["train"]);
  check_summary(golden_order(splits, *splits.test), golden["test"]);
  auto positives = [](const Split& split) {
    return split.gather(all_rows(split.size()))["target"].sum().item<int64_t>();
  };
  CHECK(positives(*splits.train) == golden["positive"][0].get<int64_t>());
  CHECK(positives(*splits.test) == golden["positive"][1].get<int64_t>());

  // Rows without missing values: 32,561 - 2,399 and 16,281 - 1,221 (../shared/data/README.md).
  json dropping = adult_recipe(folder.string());
  dropping["missing"] = {{"categorical", "drop_row"}};
  Splits complete = test::dataset("csv", dropping)->open({.classification = true});
  CHECK(complete.train->size() == 30162);
  CHECK(complete.test->size() == 15060);
}

TEST_CASE("csv imputes and scales california-housing as scikit-learn does") {
  auto folder = test::real_data("california-housing");
  if (folder.empty()) return;
  const json golden = read_golden("csv_tables");
  for (const std::string scaling : {"standard", "minmax", "robust"})
    for (const std::string fill : {"median", "mean", "most_frequent"}) {
      INFO(scaling << " " << fill);
      auto dataset = test::dataset("csv", {{"path", (folder / "housing.csv").string()},
                                           {"target", "median_house_value"},
                                           {"scaling", scaling},
                                           {"target_scaling", scaling},
                                           {"missing", {{"numeric", fill}, {"indicator", true}}},
                                           {"test", {{"every", 5}}}});
      Splits splits = dataset->open({});
      check_summary(golden_order(splits, *splits.train), golden["housing"][scaling + "_" + fill]["train"]);
      check_summary(golden_order(splits, *splits.test), golden["housing"][scaling + "_" + fill]["test"]);
      CHECK(splits.info.target()->sizes == std::vector<int64_t>{1});
      const json& value = golden["housing_target"];
      if (scaling == "standard") {
        CHECK(splits.info.target_offset[0] == Approx(value["mean"].get<double>()));
        CHECK(splits.info.target_scale[0] == Approx(value["std"].get<double>()));
      } else {
        CHECK(splits.info.target_offset[0] == Approx(value[scaling == "minmax" ? "min" : "median"].get<double>()));
      }
      // Scaled back, the first test row holds what the file says.
      const double scaled = splits.test->gather(all_rows(1))["target"].item<double>();
      CHECK(scaled * splits.info.target_scale[0] + splits.info.target_offset[0] == Approx(452600.0));
    }
}

TEST_CASE("csv reads abalone by row range, and leaves unscaled targets alone") {
  auto folder = test::real_data("abalone");
  if (folder.empty()) return;
  auto dataset = test::dataset(
      "csv", {{"path", (folder / "abalone.csv").string()},
              {"header", false},
              {"columns", {"sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell", "rings"}},
              {"target", "rings"},
              {"val", {{"split", 0.1}}},
              {"test", {{"rows", {3133}}}}});
  Splits splits = dataset->open({.seed = 3});
  CHECK(splits.test->size() == 1044);
  CHECK(splits.val->size() == 313);
  CHECK(splits.train->size() == 3133 - 313);
  CHECK(splits.info.features.size() == 7 + 3);
  CHECK(splits.info.features[0] == "sex=F");
  CHECK(splits.info.target_scale.empty());
  at::Tensor targets = splits.test->gather(all_rows(1044))["target"];
  CHECK(targets.size(1) == 1);
  CHECK(targets[-1].item<float>() == 12.0f);  // the last row of the file
  CHECK(splits.test->describe(0).ends_with("abalone.csv line 3134"));
}

TEST_CASE("csv prepares new rows like training rows, from what was stored") {
  auto folder = test::real_data("adult");
  if (folder.empty()) return;
  auto dataset = test::dataset("csv", adult_recipe(folder.string()));
  Splits splits = dataset->open({.classification = true});
  const json stored = json::parse(splits.info.fitted.dump());
  std::string text = test::read_bytes(folder / "adult-test.csv"), without_target;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (!line.empty()) without_target += line.substr(0, line.rfind(',')) + "\n";
    at = end + 1;
  }
  test::TempDir dir;
  auto inputs = dataset->open_inputs({dir.write("new.csv", without_target)}, {.fitted = stored});
  REQUIRE(inputs->size() == 16281);
  Batch expected = splits.test->gather(all_rows(16281)), mine = inputs->gather(all_rows(16281));
  CHECK(mine["input"].equal(expected["input"]));
  CHECK(!mine.has("target"));
  // Opening again with it fits nothing: other training rows, the same test features.
  json other = adult_recipe(folder.string());
  other["val"] = {{"split", 0.5}};
  Splits again = test::dataset("csv", other)->open({.seed = 5, .fitted = stored, .classification = true});
  CHECK(again.test->gather(all_rows(16281))["input"].equal(expected["input"]));
  CHECK(again.info.fitted == stored);
}

TEST_CASE("csv tells of categories that no training row has") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv", "colour,part,y\nred,a,1\nblue,a,2\ngreen,b,3\nred,b,4\nblack,b,5\n");
  const json recipe = {
      {"path", path}, {"target", "y"}, {"scaling", "none"}, {"val", {{"column", "part"}, {"value", "b"}}}};
  open_log_file(dir / "log.txt");
  const Splits splits = test::dataset("csv", recipe)->open({});
  close_log_file();
  CHECK(test::reals(splits.val->gather(all_rows(3))["input"]) == std::vector<double>{0, 0, 0, 1, 0, 0});
  const std::string log = test::read_bytes(dir / "log.txt");
  CHECK(log.find("t.csv: column 'colour': 2 cells of a category that no training row has, 'green' the first of them") !=
        std::string::npos);
  CHECK(log.find("'colour'") == log.rfind("'colour'"));
}

TEST_CASE("csv encodes a small table as worked out by hand") {
  test::TempDir dir;
  const std::string path = dir.write("t.csv",
                                     "id,size,colour,part,y\n"
                                     "1,10,red,a,2\n"
                                     "2,,blue,a,4\n"
                                     "3,30,?,a,6\n"
                                     "4,20,red,a,8\n"
                                     "5,40,green,b,10\n"
                                     "6,NA,NA,b,12\n");
  const json recipe = {
      {"path", path}, {"target", "y"}, {"drop", {"id"}}, {"val", {{"column", "part"}, {"value", "b"}}}};
  const auto open = [&](const json& changes) {
    json changed = recipe;
    changed.update(changes);
    return test::dataset("csv", changed)->open({});
  };
  const auto rows = [](const Split& split) { return test::reals(split.gather(all_rows(split.size()))["input"]); };
  const double deviation = std::sqrt(50.0);  // of 10, 20, 30, 20

  Splits splits = open({{"missing", {{"indicator", true}}}, {"target_scaling", "minmax"}});
  CHECK(splits.info.features == Row{"size", "size_missing", "colour=(missing)", "colour=blue", "colour=red"});
  CHECK(rows(*splits.train) == std::vector<double>{static_cast<float>(-10 / deviation), 0, 0, 0, 1, 0, 1, 0, 1, 0,
                                                   static_cast<float>(10 / deviation),  0, 1, 0, 0, 0, 0, 0, 0, 1});
  CHECK(rows(*splits.val) == std::vector<double>{static_cast<float>(20 / deviation), 0, 0, 0, 0, 0, 1, 1, 0, 0});
  CHECK(test::reals(splits.train->gather(all_rows(4))["target"].flatten())[3] == 1.0);
  CHECK(test::reals(splits.val->gather(all_rows(2))["target"].flatten())[0] == Approx(4.0 / 3));

  CHECK(rows(*open({{"scaling", "none"}, {"missing", {{"numeric", "zero"}, {"categorical", "zero"}}}}).train) ==
        std::vector<double>{10, 0, 1, 0, 1, 0, 30, 0, 0, 20, 0, 1});
  CHECK(rows(*open({{"scaling", "none"}, {"missing", {{"categorical", "most_frequent"}}}}).val) ==
        std::vector<double>{40, 0, 0, 20, 0, 1});
  CHECK(open({{"missing", {{"numeric", "drop_row"}}}}).train->size() == 3);

  const std::vector<std::pair<json, const char*>> refused = {
      {{{"missing", {{"numeric", "error"}}}}, "t.csv: line 3: column 'size': holds no value"},
      {{{"missing", {{"categorical", "error"}}}}, "t.csv: line 4: column 'colour': holds no value"},
      {{{"unknown_category", "error"}}, "line 6: column 'colour': 'green' does not occur in the training rows"},
      {{{"numeric", {"colour"}}}, "line 2: column 'colour': expected a finite number"},
      {{{"target", "colour"}}, "line 2: column 'colour': expected a finite number"},
      {{{"drop", json::array()}, {"categorical", {"id"}}, {"max_categories", 3}}, "'id' has more than 3 different"},
  };
  for (const auto& [changes, message] : refused) {
    INFO(changes);
    test::check_error([&, &changes = changes] { open(changes); }, ExitCode::bad_data, message);
  }
  const std::vector<std::pair<json, const char*>> misnamed = {
      {{{"target", "why"}}, "data.target: "},
      {{{"drop", {"di"}}}, "has no column 'di'; did you mean 'id'?"},
      {{{"val", {{"column", "part"}, {"value", "c"}}}}, "data.val.value: no row of"},
      {{{"val", {{"column", "prat"}, {"value", "b"}}}}, "data.val.column: "},
      {{{"val", {{"rows", {5, 9}}}}}, "data.val.rows: rows 5 to 9"},
      {{{"val", {{"split", 0.01}}}}, "data.val: takes none of the 6 rows"},
  };
  for (const auto& [changes, message] : misnamed) {
    INFO(changes);
    test::check_error([&, &changes = changes] { open(changes); }, ExitCode::bad_recipe, message);
  }
}

TEST_CASE("csv refuses numbers that are none and targets that are missing or no class") {
  test::TempDir dir;
  const auto open = [&](const std::string& text, bool classification, const json& more = {}) {
    json recipe = {{"path", dir.write("t.csv", text)}, {"target", "y"}, {"numeric", {"x"}}};
    if (!more.is_null()) recipe.update(more);
    test::dataset("csv", recipe)->open({.classification = classification});
  };
  for (const char* number : {"inf", "-Infinity", "1e999", "0x10", "1,5", "12abc", "--1", "NaN(1)", "1 2"}) {
    INFO(number);
    test::check_error([&] { open("x,y\n1,0\n\"" + std::string(number) + "\",1\n", false); }, ExitCode::bad_data,
                      "line 3: column 'x': expected a finite number");
  }
  test::check_error([&] { open("x,y\n1,0\n1,NaN\n", false); }, ExitCode::bad_data, "line 3: column 'y': the target is");
  test::check_error([&] { open("x,y\n1,a\n1,\n", true); }, ExitCode::bad_data, "line 3: column 'y': the target is");
  test::check_error([&] { open("x,y\n1,a\n1,a\n", true); }, ExitCode::bad_data, "single class");
  test::check_error(
      [&] {
        open("x,y\n1,a\n1,b\n", true, {{"classes", {"a", "c"}}});
      },
      ExitCode::bad_data, "line 3: column 'y': 'b' is none of the 2 classes");
  test::check_error([&] { open("x,y\n,a\n,b\n", true); }, ExitCode::bad_data, "'x' holds no value in the training");
  test::check_error(
      [&] {
        open("x,y\n1,a\n1,b\n2,c\n", true, {{"val", {{"rows", {2, 3}}}}});
      },
      ExitCode::bad_data, "line 4: column 'y': 'c' is none of the 2 classes");
}

TEST_CASE("csv refuses a column of numbers with a few cells that are none, rather than making categories of it") {
  test::TempDir dir;
  // `others` of `rows` cells hold `cell`, the first of them in line 5.
  const auto open = [&](int64_t rows, int64_t others, const std::string& cell, const json& more = json::object()) {
    std::string text = "x,y\n";
    for (int64_t i = 0; i < rows; ++i)
      text += (i >= 3 && i < 3 + others ? cell : std::to_string(i) + ".5") + "," + std::to_string(i) + "\n";
    json recipe = {{"path", dir.write("t.csv", text)}, {"target", "y"}};
    recipe.update(more);
    return test::dataset("csv", recipe)->open({}).info.features.size();
  };
  for (const char* cell : {"abc", "1e999", "0x10"})
    test::check_error([&] { open(200, 1, cell); }, ExitCode::bad_data,
                      "t.csv: line 5: column 'x': holds \"" + std::string(cell) +
                          "\", no finite number, in a column where 199 of 200 cells are numbers; mend it, add");
  test::check_error([&] { open(20, 2, "n"); }, ExitCode::bad_data, "18 of 20 cells are numbers; mend them, add");
  test::check_error([&] { open(40, 20, "n"); }, ExitCode::bad_data, "20 of 40 cells are numbers; mend them, add");
  CHECK(open(20, 11, "n") == 10);  // most are no numbers: categories, 9 numbers and "n"
  CHECK(open(11, 1, "n") == 11);   // a few categories, whatever they look like
  CHECK(open(200, 1, "abc", {{"categorical", {"x"}}}) == 200);
  CHECK(open(200, 1, "abc", {{"missing", {{"values", {"abc"}}}}}) == 1);
}

TEST_CASE("csv orders whole-number classes by value and takes several targets") {
  test::TempDir dir;
  const std::string path = dir.write("t.tsv", "a\tb\tc\n1\t10\t5\n2\t9\t6\n3\t-1\t7\n");
  Splits classes = test::dataset("csv", {{"path", path}, {"target", "b"}})->open({.classification = true});
  CHECK(classes.info.classes() == Row{"-1", "9", "10"});
  CHECK(test::list(classes.train->gather(all_rows(3))["target"]) == std::vector<int64_t>{2, 1, 0});
  Splits values = test::dataset("csv", {{"path", path}, {"targets", {"c", "b"}}})->open({});
  CHECK(values.info.targets == Row{"c", "b"});
  CHECK(values.info.target()->sizes == std::vector<int64_t>{2});
  CHECK(test::reals(values.train->gather(all_rows(3))["target"].flatten()) == std::vector<double>{5, 10, 6, 9, 7, -1});
}

}  // namespace dlrun::csv_test
