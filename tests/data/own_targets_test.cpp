// Targets of different kinds in one table: a field each, what stands for one that is not known, and what is refused.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/own_targets.h"

namespace dlrun::own_targets_test {
namespace {

constexpr const char* table =
    "size,price,visits,sold,kind\n"
    "1,10,3,yes,b\n"
    "2,,0,no,a\n"
    "3,30,,,c\n"
    "4,,,,\n"
    "5,20,5,yes,\n";

struct Opened {
  explicit Opened(nlohmann::json options, const std::string& text = table) {
    options["path"] = dir.write("t.csv", text);
    options.emplace("targets", std::vector<std::string>{"price", "visits"});
    options.emplace("class_targets", std::vector<std::string>{"sold", "kind"});
    reader = test::dataset("csv", options);
    splits = reader->open({});
  }
  Batch all() const {
    std::vector<int64_t> rows(static_cast<size_t>(splits.train->size()));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
    return splits.train->gather(rows);
  }
  test::TempDir dir;
  std::shared_ptr<Dataset> reader;
  Splits splits;
};

const nlohmann::json keep = {
    {"missing", {{"target", "keep"}}}, {"target_scaling", "standard"}, {"unscaled_targets", {"visits"}}};

}  // namespace

TEST_CASE("each of several targets has a field of its own, and what is not known is 0 and told apart") {
  const Opened opened(keep);
  const Batch batch = opened.all();
  CHECK(batch.count == 4);  // a row without any target says nothing
  CHECK(test::list(batch["target.sold"]) == std::vector<int64_t>{1, 0, 0, 1});
  CHECK(test::list(batch["known.sold"]) == std::vector<int64_t>{1, 1, 0, 1});
  CHECK(test::list(batch["target.kind"]) == std::vector<int64_t>{1, 0, 2, 0});
  CHECK(test::list(batch["known.kind"]) == std::vector<int64_t>{1, 1, 1, 0});
  CHECK(test::reals(batch["target.visits"]) == std::vector<double>{3, 0, 0, 5});
  CHECK(test::list(batch["known.visits"]) == std::vector<int64_t>{1, 1, 0, 1});
  CHECK(test::list(batch["known.price"]) == std::vector<int64_t>{1, 0, 1, 1});
  const DataInfo& info = opened.splits.info;
  CHECK(info.targets == std::vector<std::string>{"price", "visits"});
  REQUIRE(info.target_scale.size() == 2);  // of 10, 30 and 20
  CHECK(info.target_offset[0] == Approx(20));
  CHECK(info.target_offset[1] == 0.0);
  CHECK(info.target_scale[1] == 1.0);
  CHECK(batch["target.price"][2].item<double>() * info.target_scale[0] + info.target_offset[0] == Approx(30));
  CHECK(info.find("target.kind")->names == std::vector<std::string>{"a", "b", "c"});
  CHECK(info.find("known.kind")->means == FieldInfo::Means::mask);
  CHECK(info.find("target") == nullptr);
  CHECK(info.features == std::vector<std::string>{"size"});
}

TEST_CASE("rows without one of several targets are an error, or left out") {
  test::check_error([] { Opened({}); }, ExitCode::bad_data, "column 'price': the target is missing");
  const Opened opened({{"missing", {{"target", "drop_row"}}}},
                      "size,price,visits,sold,kind\n1,1,1,no,a\n2,,2,yes,b\n3,3,3,yes,b\n");
  CHECK(opened.splits.train->size() == 2);
  CHECK_FALSE(opened.all().has("known.price"));
}

TEST_CASE("new rows are read as training rows were, and say their answers where they hold them") {
  const Opened opened(keep);
  OpenOptions options;
  options.fitted = opened.splits.info.fitted;
  const auto open = [&](const std::string& text) {
    const auto split = opened.reader->open_inputs({opened.dir.write("new.csv", text)}, options);
    const int64_t first = 0;
    return split->gather(std::span(&first, 1));
  };
  const Batch known = open("kind,size,price,visits,sold\n,7,25,,no\n");
  CHECK(test::list(known["target.sold"]) == std::vector<int64_t>{0});
  CHECK(test::list(known["known.kind"]) == std::vector<int64_t>{0});
  CHECK_FALSE(open("size\n7\n").has("target.sold"));
  CHECK_FALSE(open("kind,size,price,visits,sold\nz,7,25,1,no\n").has("target.sold"));  // no class it could give
  CHECK_FALSE(open("kind,size,price,visits,sold\n,7,,,\n").has("target.sold"));
}

TEST_CASE("several targets that make no sense together are refused with their keys") {
  const auto check = [](const nlohmann::json& options, ExitCode code, const std::string& part) {
    test::check_error([&] { Opened opened(options, "size,price,visits,sold,kind\n1,1,1,no,a\n2,2,2,no,b\n"); }, code,
                      part);
  };
  check({{"class_targets", {"sald"}}}, ExitCode::bad_recipe, "data.class_targets: ");
  check({{"class_targets", {"kind", "price"}}}, ExitCode::bad_recipe, "'price' is there twice");
  check({{"unscaled_targets", {"size"}}, {"class_targets", {"kind"}}}, ExitCode::bad_recipe,
        "data.unscaled_targets: 'size' is none of the numbers to predict");
  check({}, ExitCode::bad_data, "the target 'sold' has a single class");
  check({{"targets", {"sold"}}, {"class_targets", {"kind"}}}, ExitCode::bad_data, "column 'sold'");
}

}  // namespace dlrun::own_targets_test
