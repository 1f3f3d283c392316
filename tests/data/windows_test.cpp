// Windows of a table: what is read and predicted, what no split shares, and what cannot be read.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "data/components.h"
#include "data/window_split.h"
#include "support.h"

namespace dlrun::windows_test {

using nlohmann::json;

namespace {

// Row i is i and 100 - i.
std::string counted(int64_t rows) {
  std::string text = "step,up,down\n";
  for (int64_t i = 0; i < rows; ++i)
    text += std::to_string(i) + "," + std::to_string(i) + "," + std::to_string(100 - i) + "\n";
  return text;
}

Splits open(const test::TempDir& temp, json more, const std::string& text = counted(30)) {
  json values = {
      {"path", temp.write("t.csv", text)}, {"time", "step"}, {"input_length", 4}, {"horizon", 2}, {"scaling", "none"}};
  values.update(more);
  return test::dataset("windows", values)->open({});
}

std::string problem_of(json more, const std::string& text = counted(30)) {
  const test::TempDir temp;
  try {
    open(temp, std::move(more), text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<float> window_floats(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous().flatten();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

const std::vector<int64_t>& starts(const std::shared_ptr<Split>& split) {
  return dynamic_cast<const WindowSplit&>(*split).starts();
}

const json parts = {{"val", {{"rows", 6}}}, {"test", {{"split", 0.2}}}};  // 18, 6 and 6 rows

}  // namespace

TEST_CASE("a window is some steps of every channel, and the steps that follow") {
  const test::TempDir temp;
  const Splits splits = open(temp, json::object());
  CHECK(splits.info.input().sizes == std::vector<int64_t>{2, 4});
  CHECK(splits.info.target()->sizes == std::vector<int64_t>{2, 2});
  CHECK(splits.info.targets == std::vector<std::string>{"up", "down"});
  CHECK(splits.train->size() == 30 - 4 - 2 + 1);
  const std::vector<int64_t> third = {3};
  const Batch batch = splits.train->gather(third);
  CHECK(window_floats(batch["input"]) == std::vector<float>{3, 4, 5, 6, 97, 96, 95, 94});
  CHECK(window_floats(batch["target"]) == std::vector<float>{7, 8, 93, 92});
  CHECK(splits.train->describe(3).ends_with("t.csv window from line 5"));
}

TEST_CASE("no step is predicted in two splits, and none of a later split is read before it") {
  const test::TempDir temp;
  const Splits splits = open(temp, parts);
  const auto predicted = [&](const std::shared_ptr<Split>& split) {
    std::pair<int64_t, int64_t> range = {starts(split).front() + 4, starts(split).back() + 4 + 2};
    return range;
  };
  CHECK(predicted(splits.train) == std::pair<int64_t, int64_t>{4, 18});
  CHECK(predicted(splits.val) == std::pair<int64_t, int64_t>{18, 24});
  CHECK(predicted(splits.test) == std::pair<int64_t, int64_t>{24, 30});
  json alone = parts;
  alone["history"] = false;
  const Splits apart = open(temp, alone);
  CHECK(starts(apart.val) == std::vector<int64_t>{18});
  CHECK(starts(apart.test) == std::vector<int64_t>{24});
}

TEST_CASE("stride leaves out windows, rows the end of the table, layout puts steps first, targets choose channels") {
  const test::TempDir temp;
  json more = {{"stride", 5}, {"rows", 20}, {"layout", "channels_last"}, {"targets", {"down"}}};
  const Splits splits = open(temp, more);
  CHECK(starts(splits.train) == std::vector<int64_t>{0, 5, 10});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{4, 2});
  const std::vector<int64_t> first = {0};
  const Batch batch = splits.train->gather(first);
  CHECK(window_floats(batch["input"]) == std::vector<float>{0, 100, 1, 99, 2, 98, 3, 97});
  CHECK(window_floats(batch["target"]) == std::vector<float>{96, 95});
  const Splits one = open(temp, {{"channels", {"up"}}});
  CHECK(one.info.input().sizes == std::vector<int64_t>{4});
  CHECK(one.info.target()->sizes == std::vector<int64_t>{1, 2});
}

TEST_CASE("channels are scaled by the training rows alone, and new steps likewise") {
  const test::TempDir temp;
  json more = parts;
  more["scaling"] = "standard";
  const Splits splits = open(temp, more);
  // 0 to 17: mean 8.5, deviation sqrt((18^2 - 1) / 12).
  const double deviation = std::sqrt(323.0 / 12.0);
  CHECK(splits.info.target_offset == std::vector<double>{8.5, 8.5, 91.5, 91.5});
  CHECK(splits.info.target_scale[0] == Approx(deviation));
  const std::vector<int64_t> first = {0};
  CHECK(window_floats(splits.test->gather(first)["target"])[0] == Approx((24 - 8.5) / deviation));
  const auto inputs =
      test::dataset("windows", {{"path", "t.csv"}, {"time", "step"}, {"input_length", 4}, {"horizon", 2}})
          ->open_inputs({temp.write("new.csv", counted(9))}, {.fitted = splits.info.fitted});
  REQUIRE(inputs->size() == 1);
  const Batch batch = inputs->gather(first);
  CHECK(window_floats(batch["input"])[3] == Approx((8 - 8.5) / deviation));
  CHECK_FALSE(batch.has("target"));
}

TEST_CASE("a cell without a number has the one before it, where asked") {
  const std::string text = "step,up\n0,1\n1,\n2,NA\n3,4\n4,5\n5,6\n";
  CHECK_THAT(problem_of(json::object(), text), Catch::Contains("line 3, column 'up'") && Catch::Contains("previous"));
  const test::TempDir temp;
  const std::vector<int64_t> first = {0};
  CHECK(window_floats(open(temp, {{"missing", "previous"}}, text).train->gather(first)["input"]) ==
        std::vector<float>{1, 1, 1, 4});
  CHECK_THAT(problem_of({{"missing", "previous"}}, "step,up\n0,\n1,2\n"), Catch::Contains("none before it"));
}

TEST_CASE("what is wrong with a table of steps is told with its place") {
  using Catch::Contains;
  CHECK_THAT(problem_of({{"time", "date"}}), Contains("no column 'date' of times"));
  CHECK_THAT(problem_of({{"channels", {"left"}}}), Contains("no column 'left'") && Contains("step, up, down"));
  CHECK_THAT(problem_of({{"targets", {"left"}}}), Contains("data.targets") && Contains("up, down"));
  CHECK_THAT(problem_of(json::object(), "step,up\n0,1\n2,1\n1,1\n"), Contains("line 4") && Contains("not later"));
  CHECK_THAT(problem_of(json::object(), "step,up\n0,1\n1,x\n"), Contains("line 3") && Contains("'x' is no number"));
  CHECK_THAT(problem_of({{"time", "date"}}, "date,up\n2024-01-01,1\nsoon,1\n"), Contains("'2024-01-01'"));
  CHECK_THAT(problem_of({{"rows", 31}}), Contains("data.rows: 31"));
  CHECK_THAT(problem_of({{"input_length", 40}}), Contains("no window of 40 steps"));
  CHECK_THAT(problem_of({{"val", {{"rows", 1}}}}), Contains("data.val: its 1 rows"));
}

TEST_CASE("etth1 has the windows of the benchmark") {
  const std::filesystem::path folder = test::real_data("etth1");
  if (folder.empty()) return;
  const Splits splits = test::dataset("windows", {{"path", (folder / "ETTh1.csv").string()},
                                                  {"rows", 14400},
                                                  {"input_length", 336},
                                                  {"horizon", 96},
                                                  {"val", {{"rows", 2880}}},
                                                  {"test", {{"rows", 2880}}}})
                            ->open({});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{7, 336});
  CHECK(splits.train->size() == 8640 - 336 - 96 + 1);
  CHECK(splits.val->size() == 2880 - 96 + 1);
  CHECK(splits.test->size() == 2880 - 96 + 1);
}

}  // namespace dlrun::windows_test
