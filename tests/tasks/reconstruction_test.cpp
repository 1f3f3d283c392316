// Reconstruction as a score of how unusual a sample is.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "tasks/task.h"

namespace dlrun::reconstruction_test {

namespace {

// Gives what "answer" of the batch holds.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

DataInfo of_classes(std::vector<std::string> names) {
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2}},
                 {"target", FieldInfo::Means::classes, {}, std::move(names)}};
  return info;
}

}  // namespace

TEST_CASE("reconstruction ranks samples by their error against what is known to be unusual") {
  const auto loss = test::component<Loss>("mse", nlohmann::json::object());
  const auto task = test::component<Task>("reconstruction", {{"anomalies", true}, {"threshold", 2.0}});
  task->bind(of_classes({"usual", "odd"}));
  CHECK(task->classification());
  CHECK(task->default_metrics() == std::vector<std::string>{"roc_auc"});
  CHECK(task->shapes(*loss).outputs == 2);
  Fixed network;
  Batch batch{{"input", at::zeros({3, 2})},
              {"answer", at::tensor(std::vector<float>{1, 1, 2, 2, 0, 2}).reshape({3, 2})},
              {"target", at::tensor(std::vector<int64_t>{0, 1, 0})}};
  batch.count = 3;
  const Outcome outcome = task->turn({network, *loss, batch});
  CHECK(outcome.loss.mean.item<double>() == Approx((2.0 + 8.0 + 4.0) / 6));
  CHECK(test::reals(outcome.answer["output"]) == std::vector<double>{1, 4, 2});
  CHECK(test::list(outcome.truth["target"]) == std::vector<int64_t>{0, 1, 0});
  const nlohmann::json records = task->predict(network, batch);
  CHECK(records[1] == nlohmann::json({{"error", 4.0}, {"anomaly", true}}));
  CHECK(records[2]["anomaly"] == false);

  task->bind(of_classes({"a", "b", "c"}));
  test::check_error([&] { task->shapes(*loss); }, ExitCode::bad_recipe, "task.anomalies: needs two classes");
}

TEST_CASE("reconstruction without labels compares its answer with its input") {
  const auto loss = test::component<Loss>("mse", nlohmann::json::object());
  const auto task = test::component<Task>("reconstruction", nlohmann::json::object());
  task->bind(of_classes({"a", "b", "c"}));
  CHECK_FALSE(task->classification());
  CHECK(task->shapes(*loss).outputs == 2);
  Fixed network;
  Batch batch{{"input", at::ones({1, 2})}, {"answer", at::zeros({1, 2})}};
  batch.count = 1;
  CHECK(at::equal(task->turn({network, *loss, batch}).truth["target"], batch["input"]));
  CHECK(task->predict(network, batch)[0] == nlohmann::json({{"error", 1.0}}));
}

}  // namespace dlrun::reconstruction_test
