// Prototypical networks: scores by their formula, what is measured, and what has to agree with the sampler.

#include <catch2/catch.hpp>

#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::prototypical_test {

namespace {

const std::string text =
    "version: 1\nname: prototypical\ntask: {type: prototypical, ways: 4, shots: 2, width: 6}\nseed: 3\n"
    "data: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: 0.1}}\n"
    "architecture: {type: mlp, widths: [12]}\noptimizer: {type: sgd, lr: 0.1}\naugmentation: [normalize]\n"
    "sampler: {type: episodes, ways: 4, shots: 2, queries: 3, per_epoch: 10}\n"
    "trainer: {batch_size: 20, max_steps: 2}\nhardware: {threads: 1, loader_threads: 0}\n";

void read(Recipe& recipe, const std::vector<std::string>& overrides) {
  std::filesystem::current_path(test::source_dir());
  read_text(text, "test.yaml", {overrides}, recipe);
}

Experiment experiment_of(Recipe& recipe, const std::vector<std::string>& overrides = {}) {
  read(recipe, overrides);
  return build(recipe, {});
}

std::string problem(const std::vector<std::string>& overrides) {
  Recipe recipe;
  try {
    read(recipe, overrides);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a query's scores are its squared distances to the means of the shots") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  const Batch batch = experiment.place(feed->next());
  REQUIRE(batch.count == 20);
  Step step(experiment);
  const Outcome outcome = step.learn(0, parts_of(recipe, batch), 0);
  REQUIRE(outcome.answer["output"].sizes() == at::IntArrayRef({12, 4}));

  const at::Tensor embedded = experiment.network->forward(batch)["output"].to(at::kDouble).detach();
  double loss = 0;
  for (int64_t query = 0; query < 12; ++query) {
    const int64_t way = query / 3, row = way * 5 + 2 + query % 3;
    CHECK(outcome.truth["target"][query].item<int64_t>() == way);
    CHECK(batch["target"][row].item<int64_t>() == batch["target"][way * 5].item<int64_t>());
    std::vector<double> scores;
    for (int64_t other = 0; other < 4; ++other) {
      const at::Tensor prototype = (embedded[other * 5] + embedded[other * 5 + 1]) / 2;
      scores.push_back(-(embedded[row] - prototype).square().sum().item<double>());
      CHECK(outcome.answer["output"][query][other].item<double>() == Approx(scores.back()).epsilon(1e-4));
    }
    double sum = 0;
    for (const double score : scores) sum += std::exp(score);
    loss -= (scores[static_cast<size_t>(way)] - std::log(sum)) / 12;
  }
  CHECK(outcome.loss.mean.item<double>() == Approx(loss).epsilon(1e-4));
  CHECK(outcome.loss.weight.item<double>() == 12);
  for (const NamedTensor& weight : experiment.all->parameters())
    CHECK(weight.tensor->grad().abs().max().item<double>() > 0);
}

TEST_CASE("without a width a prototypical network compares features, of networks that can do without their head") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe, {"task={type: prototypical, ways: 4, shots: 2}"});
  CHECK(experiment.network->parameters().back().name == "layers.0.bias");
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  const Batch batch = experiment.place(feed->next());
  CHECK(experiment.network->forward(batch)["output"].sizes() == at::IntArrayRef({20, 12}));
  CHECK(forward_turn(experiment, batch).answer["output"].sizes() == at::IntArrayRef({12, 4}));
  Recipe other;
  CHECK_THROWS_WITH(experiment_of(other, {"task.width=null", "architecture=autoencoder"}),
                    Catch::StartsWith("architecture: prototypical learns features"));
}

TEST_CASE("held-out batches are episodes too, and predictions are features") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  const std::unique_ptr<Loader> loader = experiment.loader("val");
  CHECK(loader->batches() == 2);  // ten classes, four at a time
  loader->seek(0);
  const Batch batch = experiment.place(*loader->next());
  const Outcome outcome = forward_held_out(experiment, batch);
  CHECK(outcome.answer["output"].sizes() == at::IntArrayRef({12, 4}));
  const nlohmann::json records = recipe.task->predict(*experiment.network, batch);
  REQUIRE(records.size() == 20);
  CHECK(records[0]["features"].size() == 6);
}

TEST_CASE("task, sampler and batch size have to say the same") {
  CHECK(problem({}) == "no error");
  CHECK_THAT(problem({"task.ways=5"}), Catch::Contains("task.ways: must be the ways of the sampler"));
  CHECK_THAT(problem({"sampler=shuffled"}), Catch::Contains("task.ways: must be the ways of the sampler"));
  CHECK_THAT(problem({"sampler.shots=1", "trainer.batch_size=16"}),
             Catch::Contains("task.shots: must be the shots of the sampler"));
  CHECK_THAT(problem({"trainer.batch_size=32"}), Catch::Contains("trainer.batch_size: must be one episode"));
  CHECK_THAT(problem({"trainer.micro_batch_size=10"}), Catch::Contains("sampler.ways: an episode is learned from"));
  Recipe recipe;
  CHECK_THROWS_WITH(experiment_of(recipe, {"hardware.devices=2"}),
                    Catch::StartsWith("hardware.devices: 2 processes cannot share a batch that is one whole"));
}

}  // namespace dlrun::prototypical_test
