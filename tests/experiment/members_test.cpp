// What the members of a recipe with `repeat` are, and the mean of their networks.

#include "experiment/members.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "spec/read.h"
#include "spec/write.h"

namespace dlrun::members_test {
namespace {

std::unique_ptr<Recipe> recipe_of(const std::string& repeat, const std::string& data = "test: {split: 0.2}") {
  auto recipe = std::make_unique<Recipe>();
  read_text(
      "version: 1\nname: m\nseed: 7\noutput_dir: out\ntask: classification\ndata: {type: csv, path: t.csv, "
      "target: y, " +
          data + "}\narchitecture: {type: mlp}\noptimizer: adam\nrepeat: " + repeat + "\n",
      "t.yaml", {}, *recipe);
  return recipe;
}

// Gives the same answer whatever it is asked.
struct Fixed final : Network {
  at::Tensor answer;
  explicit Fixed(at::Tensor answer) : answer(std::move(answer)) {}

 protected:
  Batch compute(const Batch&) override { return {{"output", answer}}; }
};

at::Tensor mean_answer(const std::vector<at::Tensor>& answers, bool classes, Chances chances, Shapes::Per per) {
  std::vector<std::shared_ptr<Network>> networks;
  for (const at::Tensor& answer : answers) networks.push_back(std::make_shared<Fixed>(answer));
  return mean_of_networks(networks, classes, chances, per)->forward(Batch{{"input", at::zeros({2, 1})}})["output"];
}

at::Tensor random(at::IntArrayRef sizes) { return at::randn(sizes) * 3; }

TEST_CASE("of several targets the mean is taken of each as of a network of its own") {
  at::manual_seed(3);
  const std::vector<at::Tensor> answers = {random({5, 5}), random({5, 5}), random({5, 5})};
  const auto part = [&](int64_t first, int64_t width) {
    std::vector<at::Tensor> numbers;
    for (const at::Tensor& answer : answers) numbers.push_back(answer.narrow(1, first, width));
    return numbers;
  };
  std::vector<std::shared_ptr<Network>> networks;
  for (const at::Tensor& answer : answers) networks.push_back(std::make_shared<Fixed>(answer));
  const Averaged kinds{.classes = true, .width = 3},
      yes{.classes = true, .chances = Chances::sigmoid, .first = 3, .width = 1}, number{.first = 4, .width = 1};
  const at::Tensor mean =
      mean_of_networks(networks, {kinds, yes, number})->forward({{"input", at::zeros({5, 1})}})["output"];
  const Shapes::Per each = Shapes::Per::sample;
  CHECK(mean.equal(at::cat(
      {mean_answer(part(0, 3), true, Chances::softmax, each), mean_answer(part(3, 1), true, Chances::sigmoid, each),
       mean_answer(part(4, 1), false, Chances::softmax, each)},
      1)));
}

TEST_CASE("members differ in seed, then in fold, and train into folders of their own") {
  const auto recipe = recipe_of("{seeds: 2, folds: test}", "test: {folds: 3}, val: {split: 0.1}");
  CHECK(member_count(*recipe) == 6);
  CHECK(member_difference(*recipe, 4) == "seed 8, fold 1 of 3");
  become_member(*recipe, 4);
  CHECK(recipe->seed == 8);
  CHECK(recipe->output_dir == "out/members/5");
  CHECK_FALSE(recipe->repeat);
  const std::vector<Difference> differences =
      diff(*recipe_of("null", "test: {folds: 3, fold: 1}, val: {split: 0.1}"), *recipe);
  std::vector<std::string> paths;
  for (const Difference& difference : differences) paths.push_back(difference.path);
  CHECK(paths == std::vector<std::string>{"seed", "output_dir"});
}

TEST_CASE("without folds a split that is drawn stays the same for all members") {
  const auto recipe = recipe_of("{seeds: 3}", "test: {split: 0.2}, val: {split: 0.1, seed: 40}");
  CHECK(member_count(*recipe) == 3);
  become_member(*recipe, 2);
  const auto expected = recipe_of("null", "test: {split: 0.2, seed: 7}, val: {split: 0.1, seed: 40}");
  expected->seed = 9;
  expected->output_dir = "out/members/3";
  CHECK(diff(*expected, *recipe).empty());
}

TEST_CASE("folds that the data do not have are refused by their key") {
  for (const char* data : {"test: {split: 0.2}", "val: {folds: 4}"}) {
    try {
      member_count(*recipe_of("{folds: test}", data));
      FAIL("no error");
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      CHECK(std::string(error.what()).find("repeat.folds: goes through the folds of data.test") != std::string::npos);
    }
  }
}

TEST_CASE("the mean of networks is that of their probabilities, wherever the classes are") {
  at::manual_seed(5);
  const auto near = [](const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-5, 1e-7); };
  for (const auto& [sizes, per, dimension] :
       std::vector<std::tuple<std::vector<int64_t>, Shapes::Per, int64_t>>{{{2, 4}, Shapes::Per::sample, 1},
                                                                           {{2, 3, 4}, Shapes::Per::position, 2},
                                                                           {{2, 4, 3, 5}, Shapes::Per::pixel, 1}}) {
    const at::Tensor a = random(sizes), b = random(sizes), c = random(sizes);
    const at::Tensor joined = mean_answer({a, b, c}, true, Chances::softmax, per);
    CHECK(near(joined.softmax(dimension), (a.softmax(dimension) + b.softmax(dimension) + c.softmax(dimension)) / 3));
    const at::Tensor each = mean_answer({a, b}, true, Chances::sigmoid, per);
    CHECK(near(each.sigmoid(), (a.sigmoid() + b.sigmoid()) / 2));
    CHECK(near(mean_answer({a, b}, false, Chances::softmax, per), (a + b) / 2));
  }
  // One score for two classes is a logit, whatever the loss calls it.
  const at::Tensor a = random({3, 1}), b = random({3, 1});
  CHECK(near(mean_answer({a, b}, true, Chances::softmax, Shapes::Per::sample).sigmoid(),
             (a.sigmoid() + b.sigmoid()) / 2));
  // Certain of different classes: nothing becomes infinite.
  const at::Tensor sure = at::tensor({200.f, -200.f}).reshape({1, 2}), other = -sure;
  CHECK(mean_answer({sure, other}, true, Chances::softmax, Shapes::Per::sample).isfinite().all().item<bool>());
  CHECK(mean_answer({sure, other}, true, Chances::sigmoid, Shapes::Per::sample).isfinite().all().item<bool>());
}

TEST_CASE("the mean of networks names its weights after its members") {
  struct One final : Network {
    at::Tensor weight;
    One() { parameter("weight", weight, at::ones({1})); }
    Batch compute(const Batch&) override { return {{"output", weight}}; }
  };
  const auto joined = mean_of_networks({std::make_shared<One>(), std::make_shared<One>()}, false, Chances::softmax,
                                       Shapes::Per::sample);
  std::vector<std::string> names;
  for (const NamedTensor& parameter : joined->parameters()) names.push_back(parameter.name);
  CHECK(names == std::vector<std::string>{"members.0.weight", "members.1.weight"});
}

}  // namespace
}  // namespace dlrun::members_test
