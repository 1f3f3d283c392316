// The statistics of batch norms that belong to averaged weights: by their formula, and nothing else changed.

#include "step/average_norms.h"

#include <catch2/catch.hpp>

#include "run/weights.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"
#include "tensor/random_streams.h"
#include "train/poisoned.h"

namespace dlrun::average_norms_test {
namespace {

// Rows, and a network whose norms learn from them.
struct Built {
  test::TempDir dir;
  Recipe recipe;
  std::unique_ptr<Experiment> experiment;

  explicit Built(const std::vector<std::string>& overrides = {}, int64_t rows = 90) {
    Random random(7, 0);
    std::string text = "a,b,y\n";
    for (int64_t i = 0; i < rows; ++i)
      text +=
          std::to_string(3 + random.normal()) + "," + std::to_string(5 * random.normal()) + "," + "pq"[i % 2] + "\n";
    read_text(
        "version: 1\nname: t\nseed: 3\ntask: classification\narchitecture: {type: mlp, widths: [5, 4], norm: batch, "
        "dropout: 0.5}\noptimizer: {type: sgd, lr: 0.1}\nregularization: {ema: {decay: 0.9}}\n"
        "data: {type: csv, target: y, scaling: none, path: " +
            dir.write("t.csv", text) + "}\ntrainer: {batch_size: 30}\nhardware: {threads: 1}\n",
        "test.yaml", {overrides}, recipe);
    experiment = std::make_unique<Experiment>(build(recipe, {}));
  }

  at::Tensor buffer(const std::string& name) const {
    for (const NamedTensor& buffer : experiment->all->buffers())
      if (buffer.name == name) return *buffer.tensor;
    FAIL("no " << name);
    return {};
  }
  at::Tensor parameter(const std::string& name) const {
    for (const NamedTensor& parameter : experiment->all->parameters())
      if (parameter.name == name) return parameter.tensor->detach();
    FAIL("no " << name);
    return {};
  }
};

TEST_CASE("measured statistics are the means over the batches of the training, each normed by itself") {
  const Built built;
  AverageNorms norms(*built.experiment);
  REQUIRE(norms.any());
  const std::unique_ptr<Feed> feed = built.experiment->feed();
  feed->seek(0);
  const c10::NoGradGuard no_gradients;
  at::Tensor mean[2] = {at::zeros({5}, at::kDouble), at::zeros({4}, at::kDouble)};
  at::Tensor variance[2] = {at::zeros({5}, at::kDouble), at::zeros({4}, at::kDouble)};
  for (int64_t i = 0; i < 3; ++i) {
    at::Tensor x = feed->next()["input"].to(at::kDouble);
    for (const int64_t layer : {0, 1}) {
      const std::string linear = layer == 0 ? "layers.0" : "layers.4", norm = layer == 0 ? "layers.1" : "layers.5";
      x = at::linear(x, built.parameter(linear + ".weight").to(at::kDouble),
                     built.parameter(linear + ".bias").to(at::kDouble));
      mean[layer] += x.mean(0) / 3;
      variance[layer] += x.var(0) / 3;
      x = ((x - x.mean(0)) / (x.var(0, /*unbiased=*/false) + 1e-5).sqrt()).relu();
    }
  }
  norms.measure();
  CHECK(at::allclose(built.buffer("layers.1.running_mean").to(at::kDouble), mean[0], 1e-4, 1e-5));
  CHECK(at::allclose(built.buffer("layers.1.running_var").to(at::kDouble), variance[0], 1e-4, 1e-5));
  CHECK(at::allclose(built.buffer("layers.5.running_mean").to(at::kDouble), mean[1], 1e-4, 1e-5));
  CHECK(at::allclose(built.buffer("layers.5.running_var").to(at::kDouble), variance[1], 1e-4, 1e-5));
  CHECK(built.buffer("layers.1.num_batches_tracked").item<int64_t>() == 3);
}

TEST_CASE("to measure changes no weight and no random stream, and gives the same each time") {
  const Built built;
  AverageNorms norms(*built.experiment);
  RandomStreams streams(at::kCPU);
  const TensorList before = streams.take();
  const at::Tensor weight = built.parameter("layers.0.weight").clone();
  norms.measure();
  const at::Tensor first = built.buffer("layers.5.running_var").clone();
  norms.measure();
  CHECK(built.buffer("layers.5.running_var").equal(first));
  CHECK(test::same_tensors(streams.take(), before));
  CHECK(built.parameter("layers.0.weight").equal(weight));
  CHECK(built.experiment->all->training());
  norms.swap();
  CHECK(built.buffer("layers.5.running_var").equal(at::ones({4})));
  CHECK(norms.tensors().size() == 6);
  norms.swap();
  CHECK(built.buffer("layers.5.running_var").equal(first));
}

TEST_CASE("what a training skips or leaves over counts in no statistics") {
  const Built clean({"trainer.drop_last=false"}, 100);  // 30, 30, 30 and 10 rows
  AverageNorms(*clean.experiment).measure();
  CHECK(clean.buffer("layers.1.num_batches_tracked").item<int64_t>() == 3);
  const Built spoilt;
  test::poison({0})(*spoilt.experiment);
  AverageNorms(*spoilt.experiment).measure();
  CHECK(spoilt.buffer("layers.1.num_batches_tracked").item<int64_t>() == 2);
  CHECK(at::isfinite(spoilt.buffer("layers.1.running_var")).all().item<bool>());
}

TEST_CASE("a network without batch norms, and one that nobody averages, have no statistics to measure") {
  CHECK_FALSE(AverageNorms(*Built({"architecture.norm=layer"}).experiment).any());
}

// A pair learns in turns, and its norms see what the other makes.
TEST_CASE("a generator's norms are measured by what its own turns are made of") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(
      "version: 1\nname: pair\nseed: 1\ntask: adversarial\noptimizer: {type: adam, lr: 2e-4}\n"
      "architecture: {type: dcgan, latent_size: 8}\n"
      "data: {type: idx, path: recipes/data/fashion_mnist_small}\ntrainer: {batch_size: 8, limit_train_batches: 2}\n"
      "augmentation: [normalize]\nhardware: {threads: 1}\n",
      "test.yaml", {}, recipe);
  const Experiment experiment = build(recipe, {});
  AverageNorms norms(experiment);
  REQUIRE(norms.any());
  norms.measure();
  for (const NamedTensor& buffer : experiment.all->buffers()) {
    INFO(buffer.name);
    if (buffer.name.ends_with("num_batches_tracked")) CHECK(buffer.tensor->item<int64_t>() >= 2);
    if (buffer.name.ends_with("running_mean")) CHECK(buffer.tensor->abs().max().item<float>() > 0);
  }
}

// A high rate makes weights wander: their average has other activations than any of them.
TEST_CASE("an average is validated, kept and brought back with statistics of its own") {
  test::Table table;
  const std::vector<std::string> overrides = {"architecture={type: mlp, widths: [32, 32], norm: batch}",
                                              "optimizer={type: sgd, lr: 0.5, momentum: 0.9}",
                                              "data.val={split: 0.25}",
                                              "trainer={max_steps: 120, batch_size: 30}",
                                              "checkpoint.every_n_steps=60",
                                              "checkpoint.every_n_epochs=1",
                                              "checkpoint.save_top_k=0"};
  const std::string run = table.temp / "run";
  TensorList whole;
  {
    test::Training training(table.recipe, run, {overrides, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    whole = training.state();
    const TensorList average = kept_below(whole, kept_average), model = kept_below(whole, kept_model);
    int statistics = 0;
    for (const auto& [name, tensor] : average)
      for (const auto& [other, live] : model)
        if (name == other && name.ends_with("running_var")) {
          ++statistics;
          CHECK_FALSE(tensor.equal(live));
        }
    CHECK(statistics == 2);
    // What the validation recorded is what the average says with statistics measured anew for it.
    load_weights(
        training.experiment->all->state(),
        [&] {
          std::map<std::string, at::Tensor> both(model.begin(), model.end());
          for (const auto& [name, tensor] : average) both[name] = tensor;
          return TensorList(both.begin(), both.end());
        }(),
        "test");
    AverageNorms(*training.experiment).measure();
    const double loss = evaluate(*training.experiment, *training.experiment->loader("val")).at(0).second;
    CHECK(training.events("validation").back().at("val/loss").get<double>() == loss);
  }
  test::Training resumed(table.recipe, run,
                         {[&] {
                            std::vector<std::string> longer = overrides;
                            longer.push_back("trainer.max_steps=180");
                            return longer;
                          }(),
                          {},
                          120});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  const TensorList twice = resumed.state();
  test::Training once(table.recipe, table.temp / "once",
                      {[&] {
                         std::vector<std::string> longer = overrides;
                         longer.push_back("trainer.max_steps=180");
                         return longer;
                       }(),
                       {},
                       {}});
  REQUIRE(once.trainer->run() == Ending::complete);
  CHECK(test::same_tensors(once.state(), twice));
}

}  // namespace
}  // namespace dlrun::average_norms_test
