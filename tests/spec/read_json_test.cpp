// JSON of our own is read by the fields of the group it becomes.

#include "spec/read_json.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace dlrun::read_json_test {
namespace {

using nlohmann::json;

struct Inner final : Params {
  std::string word = "none";
  std::vector<Field> fields() override { return {field("word", word, "A word.", required())}; }
};

struct Outer final : Params {
  int64_t count = 0;
  double share = 0.0;
  bool done = false;
  Optional<Inner> inner;
  std::vector<Field> fields() override {
    return {field("count", count, "How many.", required(), between(0, 100)),
            field("share", share, "Of all.", required(), may_be_infinite()),
            field("done", done, "Whether.", required()), field("inner", inner, "More.")};
  }
};

std::string problem(const json& value) {
  Outer outer;
  try {
    read_json(value, "file.json", "part", outer);
    return "";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("what was written comes back, and what is not known is left out") {
  Outer outer;
  read_json({{"count", 7}, {"share", 0.1}, {"done", true}, {"inner", {{"word", "yes"}}}, {"of_tomorrow", {1, 2}}},
            "file.json", "", outer);
  CHECK(outer.count == 7);
  CHECK(outer.share == 0.1);
  CHECK(outer.done);
  REQUIRE(outer.inner);
  CHECK(outer.inner->word == "yes");
  read_json({{"count", 7}, {"share", 1e-300}, {"done", false}, {"inner", nullptr}}, "file.json", "", outer);
  CHECK(outer.share == 1e-300);
  CHECK_FALSE(outer.inner);
}

TEST_CASE("every problem is told at once, with the file and the key") {
  CHECK(problem({{"share", "a"}, {"done", 1}}) ==
        "file.json: part.count: required, but not given; part.share: expected a number, got \"a\"; part.done: expected "
        "true or false, got 1; YAML 1.2 writes true");
  CHECK(problem({{"count", int64_t{1} << 62}, {"share", 1}, {"done", true}}) ==
        "file.json: part.count: must be between 0 and 100, got 4611686018427387904");
  CHECK(
      problem({{"count", 18446744073709551615u}, {"share", 1}, {"done", true}}).starts_with("file.json: part.count: "));
  CHECK(problem({{"count", 1}, {"share", 1}, {"done", true}, {"inner", {{"word", 5}}}})
            .starts_with("file.json: part.inner.word: expected text, got 5"));
  CHECK(problem(json::array()) == "file.json: part: expected a group of keys, got array");
  CHECK(problem({{"count", nullptr}, {"share", 1}, {"done", true}}).starts_with("file.json: part.count: "));
}

}  // namespace
}  // namespace dlrun::read_json_test
