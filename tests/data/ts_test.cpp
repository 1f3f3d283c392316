// .ts files: values, lengths, labels, splits, and what cannot be read.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "data/components.h"
#include "support.h"

namespace dlrun::ts_test {

using nlohmann::json;

namespace {

const std::string equal =
    "# Three waves.\n@problemName Waves\n@timeStamps false\n@univariate false\n@dimensions 2\n@equalLength true\n"
    "@seriesLength 3\n@classLabel true up "
    "down\n@data\n1,2,3:10,20,30:down\r\n4,5,6:40,50,60:up\n\n7,8,9:70,80,90:down\n";
const std::string unequal = "@univariate true\n@equalLength false\n@classLabel true a b\n@data\n1,2,3:b\n4:a\n5,6:b\n";

Splits open(const json& values, bool classification = true) {
  return test::dataset("ts", values)->open({.classification = classification});
}

std::string problem_of(const std::string& text, const json& more = json::object(), bool classification = true) {
  const test::TempDir temp;
  json values = {{"path", temp.write("a.ts", text)}};
  values.update(more);
  try {
    open(values, classification);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
  return "";
}

std::vector<float> floats(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous().flatten();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

Batch all_of(const Split& split) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < split.size(); ++i) indices.push_back(i);
  return split.gather(indices);
}

}  // namespace

TEST_CASE(
    "series of equal lengths are channels of steps, or steps of channels, their classes as the header lists them") {
  const test::TempDir temp;
  const json values = {{"path", temp.write("a.ts", equal)}, {"scaling", "none"}};
  const Splits splits = open(values);
  CHECK(splits.info.input().sizes == std::vector<int64_t>{2, 3});
  CHECK(splits.info.classes() == std::vector<std::string>{"up", "down"});
  const Batch batch = all_of(*splits.train);
  CHECK(floats(batch["input"][0]) == std::vector<float>{1, 2, 3, 10, 20, 30});
  CHECK(test::list(batch["target"]) == std::vector<int64_t>{1, 0, 1});
  CHECK(splits.train->describe(2).ends_with("a.ts line 13"));
  json last = values;
  last["layout"] = "channels_last";
  const Splits turned = open(last);
  CHECK(turned.info.input().sizes == std::vector<int64_t>{3, 2});
  CHECK(floats(all_of(*turned.train)["input"][0]) == std::vector<float>{1, 10, 2, 20, 3, 30});
}

TEST_CASE("series of unequal lengths are padded to the longest of their batch") {
  const test::TempDir temp;
  const Splits splits = open({{"path", temp.write("a.ts", unequal)}, {"scaling", "none"}});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{-1});
  const std::vector<int64_t> last = {1, 2};
  const Batch batch = splits.train->gather(last);
  CHECK(batch["input"].sizes() == at::IntArrayRef({2, 2}));
  CHECK(floats(batch["input"]) == std::vector<float>{4, 0, 5, 6});
  CHECK(test::list(batch["input.lengths"]) == std::vector<int64_t>{1, 2});
  CHECK(splits.train->length(0) == 3);
  CHECK(splits.train->label(0) == 1);
}

TEST_CASE("channels are scaled by the training series alone, padding stays 0, and new series likewise") {
  const test::TempDir temp;
  const std::string more = "@univariate true\n@classLabel true a b\n@data\n10,0:a\n";
  const Splits splits = open({{"path", temp.write("a.ts", unequal)}, {"test", {{"path", temp.write("b.ts", more)}}}});
  // 1 to 6: mean 3.5, deviation sqrt(35 / 12).
  const float deviation = std::sqrt(35.0f / 12.0f);
  CHECK(floats(all_of(*splits.test)["input"])[0] == Approx(6.5f / deviation));
  CHECK(floats(all_of(*splits.train)["input"])[4] == 0.0f);
  const auto inputs =
      test::dataset("ts", {{"path", "a.ts"}})->open_inputs({temp.write("c.ts", more)}, {.fitted = splits.info.fitted});
  CHECK(at::equal(all_of(*inputs)["input"], all_of(*splits.test)["input"]));
  CHECK_FALSE(all_of(*inputs).has("target"));
}

TEST_CASE("steps without a number are filled as asked") {
  const std::string text = "@missing true\n@classLabel true a\n@data\n?,2,?,?,5,?:a\n1,1,1,1,1,1:a\n";
  CHECK_THAT(problem_of(text), Catch::Contains("4 steps without a number") && Catch::Contains("data.missing"));
  const test::TempDir temp;
  json values = {{"path", temp.write("a.ts", text)}, {"scaling", "none"}, {"missing", "interpolate"}};
  CHECK(floats(all_of(*open(values).train)["input"][0]) == std::vector<float>{2, 2, 3, 4, 5, 5});
  values["missing"] = "zero";
  CHECK(floats(all_of(*open(values).train)["input"][0]) == std::vector<float>{0, 2, 0, 0, 5, 0});
  CHECK_THAT(problem_of("@classLabel true a\n@data\n?,?:a\n", {{"missing", "interpolate"}}),
             Catch::Contains("line 3") && Catch::Contains("no number at all"));
}

TEST_CASE("numbers behind the last colon are targets of a regression") {
  const test::TempDir temp;
  const Splits splits = open({{"path", temp.write("a.ts", "@targetLabel true\n@data\n1,2:0.5\n3,4:-1e3\n")}}, false);
  CHECK(floats(all_of(*splits.train)["target"]) == std::vector<float>{0.5f, -1000.0f});
  CHECK(splits.info.target()->means == FieldInfo::Means::numbers);
}

TEST_CASE("drawn splits keep equal series on one side") {
  const test::TempDir temp;
  std::string text = "@classLabel true a b\n@data\n";
  for (int i = 0; i < 20; ++i)
    text += std::to_string(i / 2) + "," + std::to_string(i / 2 + 1) + (i / 2 % 2 ? ":a\n" : ":b\n");
  const Splits splits = open({{"path", temp.write("a.ts", text)}, {"val", {{"split", 0.3}}}});
  CHECK(splits.val->size() == 6);
  const at::Tensor train = all_of(*splits.train)["input"], val = all_of(*splits.val)["input"];
  for (int64_t i = 0; i < val.size(0); ++i) CHECK_FALSE(train.eq(val[i]).all(1).any().item<bool>());
}

TEST_CASE("what is wrong with a .ts file is told with its line") {
  using Catch::Contains;
  CHECK_THAT(problem_of("1,2,3\n"), Contains("line 1") && Contains("stands before @data"));
  CHECK_THAT(problem_of("@classLabel true a\n"), Contains("no line @data"));
  CHECK_THAT(problem_of("@classLabel true a\n@data\n\n"), Contains("no sample"));
  CHECK_THAT(problem_of("@timeStamps true\n@data\n"), Contains("line 1") && Contains("times of their own"));
  CHECK_THAT(problem_of("@equalLength maybe\n@data\n"), Contains("line 1") && Contains("'maybe'"));
  CHECK_THAT(problem_of("@classLabel true a\n@data\n1,x:a\n"), Contains("line 3") && Contains("'x' is no number"));
  CHECK_THAT(problem_of("@classLabel true a\n@data\n1,2:b\n"), Contains("line 3") && Contains("'b' is none of the 1"));
  CHECK_THAT(problem_of("@classLabel true a a\n@data\n1:a\n"), Contains("line 1") && Contains("twice"));
  CHECK_THAT(problem_of("@classLabel true a\n@data\n1,2:3:a\n"),
             Contains("line 3") && Contains("channel 1 has 1 steps"));
  CHECK_THAT(problem_of("@classLabel true a\n@data\n1:2:a\n3:a\n"), Contains("line 4") && Contains("has 1 channels"));
  CHECK_THAT(problem_of("@dimensions 2\n@univariate true\n@data\n"), Contains("line 2") && Contains("2 before"));
  CHECK_THAT(problem_of("@equalLength true\n@classLabel true a\n@data\n1,2:a\n3:a\n"),
             Contains("line 5") && Contains("all have 2"));
  CHECK_THAT(problem_of("@seriesLength 3\n@classLabel true a\n@data\n1,2:a\n"), Contains("line 4"));
  CHECK_THAT(problem_of("@classLabel false\n@data\n1,2\n"), Contains("lists no classes"));
  CHECK_THAT(problem_of("@targetLabel true\n@data\n1,2:five\n", json::object(), false), Contains("'five'"));
}

TEST_CASE("the archives' files have the samples their page names") {
  const auto check = [](const char* folder, const char* name, std::vector<int64_t> sizes, int64_t train, int64_t test) {
    const std::filesystem::path data = test::real_data(folder);
    if (data.empty()) return;
    const std::string stem = (data / name).string();
    const Splits splits = open({{"path", stem + "_TRAIN.ts"}, {"test", {{"path", stem + "_TEST.ts"}}}});
    CHECK(splits.info.input().sizes == sizes);
    CHECK(splits.train->size() == train);
    CHECK(splits.test->size() == test);
  };
  check("series-gunpoint", "GunPoint", {150}, 50, 150);
  check("series-italypowerdemand", "ItalyPowerDemand", {24}, 67, 1029);
  check("series-japanesevowels", "JapaneseVowels", {-1, 12}, 270, 370);
  check("braille-touch", "Braille", {-1, 12}, 1080, 270);
}

}  // namespace dlrun::ts_test
