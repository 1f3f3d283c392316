// Multi-label classification: its loss, what it counts as right, and what it refuses.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "tasks/task.h"

namespace dlrun::multi_label_test {

namespace {

// Gives what "answer" of the batch holds.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

DataInfo labels() {
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2}}, {"target", FieldInfo::Means::numbers, {3}}};
  info.targets = {"a", "b", "c"};
  return info;
}

}  // namespace

TEST_CASE("multi_label judges each label by itself") {
  const auto task = test::component<Task>("multi_label", {{"threshold", 0.25}});
  const auto bce = test::component<Loss>("bce", nlohmann::json::object());
  task->bind(labels());
  CHECK(task->shapes(*bce).outputs == 3);
  Fixed network;
  // Probabilities 0.5, 0.2689 and 0.1192, then 0.8808, 0.5 and 0.2689.
  Batch batch{{"input", at::zeros({2, 2})},
              {"answer", at::tensor(std::vector<float>{0, -1, -2, 2, 0, -1}).reshape({2, 3})},
              {"target", at::tensor(std::vector<float>{1, 1, 0, 1, 0, 0}).reshape({2, 3})}};
  batch.count = 2;
  const Outcome outcome = task->turn({network, *bce, batch});
  const auto cost = [](double x, double y) { return std::log1p(std::exp(x)) - x * y; };
  const double mean = (cost(0, 1) + cost(-1, 1) + cost(-2, 0) + cost(2, 1) + cost(0, 0) + cost(-1, 0)) / 6;
  CHECK(outcome.loss.mean.item<double>() == Approx(mean));
  REQUIRE(outcome.parts.size() == 2);
  CHECK(outcome.parts[0].first == "label_accuracy");
  CHECK(outcome.parts[0].second.item<double>() == Approx(4.0 / 6));
  CHECK(outcome.parts[1].first == "exact_match");
  CHECK(outcome.parts[1].second.item<double>() == Approx(0.5));
  CHECK(outcome.answer["output"][0][0].item<float>() == 0.5f);

  const nlohmann::json records = task->predict(network, batch);
  CHECK(records[0]["labels"] == nlohmann::json({"a", "b"}));
  CHECK(records[1]["labels"] == nlohmann::json({"a", "b", "c"}));
  CHECK(records[0]["probabilities"]["c"].get<double>() == Approx(1 / (1 + std::exp(2.0))));
}

TEST_CASE("multi_label refuses what it has no meaning for") {
  const auto problem = [](const DataInfo& info, const std::string& loss) {
    const auto task = test::component<Task>("multi_label", nlohmann::json::object());
    task->bind(info);
    try {
      task->shapes(*test::component<Loss>(loss, nlohmann::json::object()));
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(problem(labels(), "bce").empty());
  CHECK_THAT(problem(labels(), "mse"), Catch::Contains("a loss that judges each label by itself"));
  DataInfo scaled = labels(), classes = labels();
  scaled.target_scale = {1, 2, 1};
  classes.fields[1] = {"target", FieldInfo::Means::classes, {}, {"x", "y"}};
  CHECK_THAT(problem(scaled, "bce"), Catch::Contains("data.target_scaling"));
  CHECK_THAT(problem(classes, "bce"), Catch::Contains("data.targets"));
}

}  // namespace dlrun::multi_label_test
