// What is varied: arguments, intervals, values.

#include "sweep/space.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "experiment/recipe.h"
#include "spec/read.h"

namespace dlrun::space_test {
namespace {

using Texts = std::vector<std::string>;

Recipe small_recipe() {
  Recipe recipe;
  read_text(
      "name: a\ntask: classification\ndata: {type: csv, path: a.csv, target: b}\n"
      "architecture: {type: mlp, widths: [8], dropout: 0.25}\noptimizer: {type: adam, lr: 3e-3}\n",
      "recipe.yaml", {}, recipe);
  return recipe;
}

SweptKey key_of(const std::string& argument, Recipe& recipe) {
  return swept_key({argument, "argument " + argument}, recipe);
}

std::string refusal(const std::string& argument) {
  Recipe recipe = small_recipe();
  try {
    key_of(argument, recipe);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "";
}

TEST_CASE("values are told apart at commas outside of brackets and quotes") {
  CHECK(listed_values("1e-4, 3e-4,1e-3") == Texts{"1e-4", "3e-4", "1e-3"});
  CHECK(listed_values("[64],[64, 32],{a: 1, b: [2,3]}") == Texts{"[64]", "[64, 32]", "{a: 1, b: [2,3]}"});
  CHECK(listed_values(R"("a,b",'c,d',"e\",f")") == Texts{R"("a,b")", "'c,d'", R"("e\",f")"});
  CHECK(varies("optimizer.lr=1,2"));
  CHECK(varies("optimizer.lr=1e-4..1e-2:log"));
  CHECK_FALSE(varies("architecture.widths=[64,64]"));
  CHECK_FALSE(varies("data.path='a,b.csv'"));
  CHECK_FALSE(varies("data.path=../data/x.csv"));
  CHECK_FALSE(varies("data.path=a..b"));
  CHECK_FALSE(varies("optimizer.lr"));
}

TEST_CASE("a key knows its interval, whether it takes whole numbers, and what the recipe says") {
  Recipe recipe = small_recipe();
  const SweptKey rate = key_of("optimizer.lr=1e-4..1e-2:log", recipe);
  CHECK(rate.recipe_value == "0.003");
  CHECK_FALSE(rate.whole);
  CHECK(rate.first_place() == Approx(std::log(1e-4)));
  CHECK(rate.value_at(std::log(0.00123456)) == "0.001235");
  CHECK(rate.value_at(rate.first_place() - 1) == "0.0001");
  CHECK(*rate.place_of(std::string("1e-3")) == Approx(std::log(1e-3)));
  CHECK_FALSE(rate.place_of(std::string("0.5")));

  const SweptKey batch = key_of("trainer.batch_size=1..4", recipe);
  CHECK(batch.whole);
  CHECK(batch.first_place() == 0.5);
  CHECK(batch.value_at(0.5) == "1");
  CHECK(batch.value_at(4.5) == "4");

  const SweptKey type = key_of("architecture.type=mlp,tab_resnet", recipe);
  CHECK(type.recipe_value == "mlp");
  CHECK(key_of("architecture.widths=[8],[8,8]", recipe).recipe_value == "[8]");
  CHECK(*key_of("optimizer.lr=1e-3,0.003", recipe).choice_of("3e-3") == 1);
}

TEST_CASE("arguments that cannot be meant are refused") {
  CHECK(refusal("optimizer.rate=1,2").find("no such key") != std::string::npos);
  CHECK(refusal("optimizer.l=1,2").find("did you mean optimizer.lr?") != std::string::npos);
  CHECK(refusal("optimizer.lr=1..0.1").find("must begin below its end") != std::string::npos);
  CHECK(refusal("optimizer.lr=0..0.1:log").find("must begin above 0") != std::string::npos);
  CHECK(refusal("architecture.dropout=0..1.5").find("must be") != std::string::npos);
  CHECK(refusal("trainer.batch_size=0..8").find("must be at least 1") != std::string::npos);
  CHECK(refusal("trainer.batch_size=1..8.5").find("whole numbers") != std::string::npos);
  CHECK(refusal("name=1..2").find("keys that take a number") != std::string::npos);
  CHECK(refusal("optimizer.lr=1,,2").find("is missing") != std::string::npos);
  CHECK(refusal("optimizer.lr=1e-3,0.001").find("is there twice") != std::string::npos);
  CHECK(refusal("optimizer.lr=1e-3,0.002").empty());
}

TEST_CASE("what the block of a recipe varies is known by its place") {
  Recipe recipe;
  const Origins origins = read_text(
      "name: a\ntask: classification\ndata: {type: csv, path: a.csv, target: b}\n"
      "architecture: {type: mlp, widths: [8]}\noptimizer: {type: adam, lr: 3e-3}\n"
      "sweep:\n  vary:\n    - optimizer.lr=1e-4..1e-2:log\n    - optimizer.beta1=0.9\n",
      "recipe.yaml", {}, recipe);
  const auto message_of = [](const std::function<void()>& work) -> std::string {
    try {
      work();
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      return error.what();
    }
    return "";
  };
  CHECK(message_of([&] { varied_in(*recipe.sweep, origins); }).starts_with("recipe.yaml:9:7: sweep.vary.1: must give"));
  recipe.sweep->vary.pop_back();
  const std::vector<Varied> varied = varied_in(*recipe.sweep, origins);
  REQUIRE(varied.size() == 1);
  CHECK(varied[0].place == "recipe.yaml:8:7: sweep.vary.0");
  CHECK(swept_key(varied[0], recipe).logarithmic);
  CHECK(message_of([&] {
          swept_key({"optimizer.l=1,2", varied[0].place}, recipe);
        }) == "recipe.yaml:8:7: sweep.vary.0: no such key; did you mean optimizer.lr?");
  CHECK(refusal("sweep.trials=10,20").find("does not vary itself") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::space_test
