// Scores become the probabilities that the loss taught them to be, wherever a task tells them: a loss of each class
// against the rest has a sigmoid for each, one of one class of all a softmax.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "data/components.h"
#include "experiment/experiment.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::probabilities_test {

namespace {

// Gives what "answer" of the batch holds.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::vector<double> softmax(const std::vector<double>& scores) {
  double sum = 0.0;
  for (const double score : scores) sum += std::exp(score);
  std::vector<double> chances;
  for (const double score : scores) chances.push_back(std::exp(score) / sum);
  return chances;
}

std::shared_ptr<Task> taught(const char* type, const FieldInfo& target, const char* loss,
                             const nlohmann::json& options = nlohmann::json::object()) {
  auto task = test::component<Task>(type, options);
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::tokens, {4}, {"x", "y", "z"}}, target};
  task->bind(info);
  task->teach(*test::component<Loss>(loss, nlohmann::json::object()));
  return task;
}

const std::vector<std::string> three = {"a", "b", "c"}, two = {"a", "b"};

}  // namespace

TEST_CASE("probabilities of the classes of samples are those of the loss") {
  Fixed network;
  const std::vector<double> scores = {1.5, -0.25, 2.0};
  const Batch batch{{"answer", at::tensor({1.5f, -0.25f, 2.0f}).reshape({1, 3})}};
  const FieldInfo target{"target", FieldInfo::Means::classes, {}, three};
  const auto told = [&](const char* type, const char* loss, const nlohmann::json& options) {
    return taught(type, target, loss, options)->predict(network, batch).at(0);
  };
  const nlohmann::json none = nlohmann::json::object(), inside = {{"of", {{"type", "classification"}}}};
  for (const auto& [type, options] : {std::pair{"classification", none}, {"mean_teacher", inside}}) {
    INFO(type);
    const nlohmann::json each = told(type, "bce", options), one = told(type, "cross_entropy", options),
                         hard = told(type, "focal", options);
    for (size_t k = 0; k < 3; ++k) {
      CHECK(each["probabilities"][three[k]].get<double>() == Approx(sigmoid(scores[k])).epsilon(1e-6));
      CHECK(one["probabilities"][three[k]].get<double>() == Approx(softmax(scores)[k]).epsilon(1e-6));
      CHECK(hard["probabilities"][three[k]] == one["probabilities"][three[k]]);
    }
    CHECK(each["class"] == "c");
    CHECK(each["probability"].get<double>() == Approx(sigmoid(2.0)).epsilon(1e-6));
  }
  const nlohmann::json node = told("node_classification", "bce", none);
  CHECK(node["probability"].get<double>() == Approx(sigmoid(2.0)).epsilon(1e-6));
}

TEST_CASE("one number for two classes is the logit of the second, of nodes and tokens too") {
  Fixed network;
  const FieldInfo target{"target", FieldInfo::Means::classes, {}, two};
  const Batch nodes{{"answer", at::tensor({1.25f, -3.0f}).reshape({2, 1})}};
  for (const char* type : {"classification", "node_classification"}) {
    const nlohmann::json records = taught(type, target, "bce")->predict(network, nodes);
    CHECK(records.at(0)["class"] == "b");
    CHECK(records.at(0)["probability"].get<double>() == Approx(sigmoid(1.25)).epsilon(1e-6));
    CHECK(records.at(1)["class"] == "a");
    CHECK(records.at(1)["probability"].get<double>() == Approx(1 - sigmoid(-3.0)).epsilon(1e-6));
  }
  const FieldInfo tags{"target", FieldInfo::Means::classes, {4}, two};
  const Batch sentence{{"answer", at::tensor({1.25f, -3.0f, 0.5f, -0.5f}).reshape({1, 4, 1})},
                       {"input", at::zeros({1, 4}, at::kLong)}};
  const nlohmann::json record = taught("sequence_tagging", tags, "bce")->predict(network, sentence).at(0);
  CHECK(record["tags"] == nlohmann::json({"b", "a", "b", "a"}));
  CHECK(record["probabilities"][1].get<double>() == Approx(1 - sigmoid(-3.0)).epsilon(1e-6));
}

TEST_CASE("a teacher and a student agree about the probabilities that the loss teaches") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(
      "version: 1\nname: teacher\ntask: {type: mean_teacher, of: classification, noise: 0, rampup_steps: 0, "
      "consistency: 1}\nseed: 3\ndata: {type: idx, path: recipes/data/fashion_mnist_small, unlabelled: {split: 0.9}}\n"
      "architecture: {type: mlp, widths: [8]}\nloss: bce\noptimizer: {type: sgd, lr: 0.5}\n"
      "trainer: {batch_size: 16, max_steps: 10}\nhardware: {threads: 1, loader_threads: 0}\n",
      "test.yaml", {}, recipe);
  const Experiment experiment = build(recipe, {});
  const c10::NoGradGuard no_gradients;
  experiment.all->find("student")->parameters().front().tensor->mul_(3);  // so that they differ
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  const Batch batch = feed->next();
  const auto chances = [&](const char* name) {
    auto* network = dynamic_cast<Network*>(experiment.all->find(name));
    return 1 / (1 + (-network->forward({{"input", batch["unlabelled.input"]}})["output"].to(at::kDouble)).exp());
  };
  const double expected = (chances("student") - chances("teacher")).square().mean().item<double>();
  CHECK(expected > 1e-4);
  const Outcome outcome = forward_turn(experiment, batch);
  REQUIRE(outcome.parts.at(1).first == "consistency");
  CHECK(outcome.parts.at(1).second.item<double>() == Approx(expected).epsilon(1e-4));
}

}  // namespace dlrun::probabilities_test
