// What is known about data comes back as it was stored, and what cannot be read is told.

#include "data/dataset.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace dlrun::dataset_test {

using Means = FieldInfo::Means;

namespace {

DataInfo everything() {
  DataInfo info;
  info.fields = {{"input", Means::tokens, {-1}, {"a", "b"}},
                 {"image", Means::pixels, {3, 8, 8}},
                 {"edge_index", Means::edges, {2, -1}, {}, Rows::whole},
                 {"mask", Means::mask, {}, {}, Rows::packed},
                 {"value", Means::numbers, {4}},
                 {"target", Means::classes, {}, {"x", "y", "z"}}};
  info.features = {"f"};
  info.targets = {"t"};
  info.target_offset = {1.5};
  info.target_scale = {2.5};
  info.fitted = {{"k", 1}};
  return info;
}

std::string dataset_problem(const nlohmann::json& stored) {
  try {
    data_info(stored);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("what is known about data comes back from its JSON") {
  const DataInfo info = everything();
  const DataInfo back = data_info(nlohmann::json::parse(to_json(info).dump()));
  CHECK((back.fields == info.fields));
  CHECK(back.features == info.features);
  CHECK(back.targets == info.targets);
  CHECK(back.target_offset == info.target_offset);
  CHECK(back.target_scale == info.target_scale);
  CHECK(back.fitted == info.fitted);
}

TEST_CASE("classes are the target's, the vocabulary is the input's") {
  DataInfo info = everything();
  CHECK(info.classes() == std::vector<std::string>{"x", "y", "z"});
  CHECK(info.vocabulary() == std::vector<std::string>{"a", "b"});
  CHECK(info.named(Means::pixels) == std::vector<std::string>{"image"});
  CHECK(info.input().varies());
  CHECK(info.find("image")->numel() == 192);
  info.fields.pop_back();
  CHECK(info.classes().empty());
  CHECK(info.target() == nullptr);
}

TEST_CASE("stored words that nobody knows are told") {
  nlohmann::json stored = to_json(everything());
  stored["fields"][0]["means"] = "smells";
  CHECK_THAT(dataset_problem(stored), Catch::Contains("means \"smells\" is unknown"));
  stored = to_json(everything());
  stored["fields"][0]["rows"] = "columns";
  CHECK_THAT(dataset_problem(stored), Catch::Contains("rows \"columns\" is unknown"));
  CHECK_THAT(dataset_problem({{"input_shape", {1}}}), Catch::Contains("lacks \"fields\""));
  stored["fields"] = nlohmann::json::array();
  CHECK_THAT(dataset_problem(stored), Catch::Contains("has no field"));
}

}  // namespace dlrun::dataset_test
