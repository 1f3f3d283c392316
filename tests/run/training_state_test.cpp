// The parts of a training come back as they were saved, and one that is not what it was is named.

#include "run/training_state.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace dlrun::training_state_test {

using nlohmann::json;

TEST_CASE("parts are saved under their names and come back; one with nothing to save is told so") {
  int64_t count = 7;
  std::string word = "a";
  bool told = false;
  const std::vector<Remembers> parts = {
      {"count", [&] { return json(count); }, [&](const json& saved) { count = saved.get<int64_t>(); }},
      {"word",
       [&] {
         return json{{"is", word}};
       },
       [&](const json& saved) { word = saved.at("is"); }},
      {"none", [] { return json(); }, [&](const json& saved) { told = saved.is_null(); }}};
  const json values = save_values(parts);
  CHECK(values == json{{"count", 7}, {"word", {{"is", "a"}}}});
  count = 0;
  word = "b";
  restore_values(parts, values, "step-1");
  CHECK(count == 7);
  CHECK(word == "a");
  CHECK(told);
}

TEST_CASE("a stored part of another kind is bad data with its name") {
  int64_t count = 0;
  const std::vector<Remembers> parts = {
      {"count", [&] { return json(count); }, [&](const json& saved) { count = saved.at("n").get<int64_t>(); }}};
  for (const json& values : {json{{"count", "seven"}}, json::object(), json{{"count", {{"m", 1}}}}}) {
    try {
      restore_values(parts, values, "runs/a/checkpoints/step-1");
      FAIL("accepted");
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_data);
      CHECK_THAT(error.what(), Catch::StartsWith("runs/a/checkpoints/step-1: what it remembers as \"count\""));
    }
  }
}

TEST_CASE("tensors of a checkpoint are told apart by what stands before their names") {
  const at::Tensor one = at::ones({1}), two = at::ones({2});
  const TensorList all = {{kept_name(kept_model, "fc.weight"), one}, {kept_name(kept_average, "fc.weight"), two}};
  const TensorList model = kept_below(all, kept_model);
  REQUIRE(model.size() == 1);
  CHECK(model[0].first == "fc.weight");
  CHECK(model[0].second.is_same(one));
}

}  // namespace dlrun::training_state_test
