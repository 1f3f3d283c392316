// Forecasting: what is recorded in scaled and in the table's own units, predicted, and refused.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "golden.h"
#include "tasks/task.h"

namespace dlrun::forecasting_test {
namespace {

// Gives what "answer" of the batch holds.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

// Two channels of three steps, of deviations 10 and 0.5 around 100 and -1.
std::shared_ptr<Task> two_channels() {
  auto task = test::component<Task>("forecasting", nlohmann::json::object());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2, 8}}, {"target", FieldInfo::Means::numbers, {2, 3}}};
  info.targets = {"load", "price"};
  info.target_offset = {100, 100, 100, -1, -1, -1};
  info.target_scale = {10, 10, 10, 0.5, 0.5, 0.5};
  task->bind(info);
  return task;
}

Batch batch_of() {
  Batch batch{{"input", numbers({4, 2, 8})}, {"target", numbers({4, 2, 3})}, {"answer", numbers({4, 6}, 0.9)}};
  batch.count = 4;
  return batch;
}

TEST_CASE("forecasting learns in scaled units and measures in both") {
  const auto task = two_channels();
  const Batch batch = batch_of();
  Fixed network;
  const auto loss = test::component<Loss>("mse", nlohmann::json::object());
  const Outcome outcome = task->turn({network, *loss, batch});
  const at::Tensor error = batch["answer"].view({4, 2, 3}) - batch["target"];
  CHECK(outcome.loss.mean.item<double>() == Approx(error.square().mean().item<double>()));
  REQUIRE(outcome.parts.size() == 2);
  CHECK(outcome.parts[0].first == "scaled_mse");
  CHECK(outcome.parts[0].second.item<double>() == Approx(error.square().mean().item<double>()));
  CHECK(outcome.parts[1].first == "scaled_mae");
  CHECK(outcome.parts[1].second.item<double>() == Approx(error.abs().mean().item<double>()));
  const at::Tensor own = (outcome.answer["output"] - outcome.truth["target"]).view({4, 2, 3});
  CHECK(at::allclose(own.select(1, 0), error.select(1, 0).to(at::kDouble) * 10, 1e-5, 1e-5));
  CHECK(at::allclose(own.select(1, 1), error.select(1, 1).to(at::kDouble) * 0.5, 1e-5, 1e-5));
  CHECK(task->shapes(*loss).outputs == 6);
}

TEST_CASE("a forecast names the channels and gives each step in the table's own units") {
  Fixed network;
  const Batch batch = batch_of();
  const nlohmann::json records = two_channels()->predict(network, batch);
  REQUIRE(records.size() == 4);
  const std::vector<double> price = records[2]["forecast"]["price"];
  REQUIRE(price.size() == 3);
  CHECK(price[1] == Approx(-1 + 0.5 * batch["answer"][2][4].item<double>()));
  CHECK(records[0]["forecast"]["load"][0].get<double>() == Approx(100 + 10 * batch["answer"][0][0].item<double>()));
}

TEST_CASE("forecasting refuses targets that are no steps of channels") {
  auto task = test::component<Task>("forecasting", nlohmann::json::object());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {8}}, {"target", FieldInfo::Means::numbers, {1}}};
  task->bind(info);
  const auto loss = test::component<Loss>("mse", nlohmann::json::object());
  try {
    task->shapes(*loss);
    FAIL("one number is no forecast");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK_THAT(error.what(), Catch::Contains("windows"));
  }
}

}  // namespace
}  // namespace dlrun::forecasting_test
