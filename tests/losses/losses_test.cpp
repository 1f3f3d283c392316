// Losses against torch.nn: value and gradient.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "golden.h"
#include "losses/loss.h"
#include "spec/read.h"

namespace dlrun {
namespace {

struct LossHolder final : Params {
  Choice<Loss> loss;
  std::vector<Field> fields() override { return {field("loss", loss, "Under test.")}; }
};

at::Tensor wave(at::IntArrayRef shape, double phase) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(2 * std::sin(0.7 * static_cast<double>(i) + phase));
  return at::tensor(values, at::kDouble).to(at::kFloat).reshape(shape);
}

void check(const std::string& name, const std::string& yaml, at::IntArrayRef shape, const at::Tensor& target) {
  INFO(name);
  const nlohmann::json golden = read_golden("losses")[name];
  LossHolder holder;
  read_text("loss: " + yaml + "\n", "test.yaml", {}, holder);
  at::Tensor prediction = wave(shape, 0.3).set_requires_grad(true);
  const at::Tensor loss = holder.loss->forward(prediction, target);
  loss.backward();
  CHECK(loss.item<double>() == Approx(golden["loss"].get<double>()).epsilon(1e-6));
  const auto expected = at::tensor(golden["gradient"].get<std::vector<double>>(), at::kDouble);
  CHECK((prediction.grad().to(at::kDouble).flatten() - expected).abs().max().item<double>() < 1e-6);
}

TEST_CASE("losses and their gradients equal torch.nn's") {
  const at::Tensor classes = at::tensor(std::vector<int64_t>{2, 0, 1, 3});
  const at::Tensor tokens = at::tensor(std::vector<int64_t>{1, 2, 0, 3, 2, 2}).reshape({3, 2});
  const at::Tensor binary = at::tensor(std::vector<double>{1, 0, 1}).to(at::kFloat).reshape({3, 1});
  check("cross_entropy", "cross_entropy", {4, 4}, classes);
  check("cross_entropy_smoothed", "{type: cross_entropy, label_smoothing: 0.1}", {4, 4}, classes);
  check("cross_entropy_weighted", "{type: cross_entropy, class_weights: [1, 2, 0.5, 3]}", {4, 4}, classes);
  check("cross_entropy_ignored", "{type: cross_entropy, ignore_index: 1}", {4, 4}, classes);
  check("cross_entropy_tokens", "cross_entropy", {3, 2, 4}, tokens);
  check("mse", "mse", {4, 3}, wave({4, 3}, 1.1));
  check("bce", "bce", {3, 1}, binary);
  check("bce_weighted", "{type: bce, positive_weight: 3}", {3, 1}, binary);
  check("bce_one_against_rest", "bce", {4, 4}, classes);
}

TEST_CASE("class weights must be as many as classes") {
  LossHolder holder;
  read_text("loss: {type: cross_entropy, class_weights: [1, 2]}\n", "test.yaml", {}, holder);
  CHECK_THROWS_WITH(holder.loss->forward(wave({4, 4}, 0), at::zeros({4}, at::kLong)),
                    "loss.class_weights: has 2 values, the data have 4 classes");
}

TEST_CASE("a loss that does not suit the targets is the recipe's mistake") {
  const at::Tensor scores = wave({4, 4}, 0), numbers = wave({4, 1}, 0), classes = at::zeros({4}, at::kLong);
  const std::vector<std::pair<std::string, at::Tensor>> cases = {
      {"cross_entropy", numbers}, {"mse", classes}, {"mse", numbers}, {"bce", numbers}, {"bce", at::full({4, 4}, 1.5)}};
  for (const auto& [name, target] : cases) {
    INFO(name);
    LossHolder holder;
    read_text("loss: " + name + "\n", "test.yaml", {}, holder);
    try {
      holder.loss->forward(scores, target);
      FAIL("accepted");
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      CHECK(std::string(error.what()).starts_with("loss: " + name));
    }
  }
}

}  // namespace
}  // namespace dlrun
