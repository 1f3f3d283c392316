// A step that is not finite: caught before it changes a weight, explained, kept; and the three ways to go on.

#include "train/divergence.h"

#include <catch2/catch.hpp>
#include <map>

#include "base/error.h"
#include "models/generative.h"
#include "nn/linear.h"
#include "run/safetensors.h"
#include "train/poisoned.h"
#include "train/replay.h"

namespace dlrun::divergence_test {
namespace {

TEST_CASE("a NaN in a sample at 50 random steps: caught at that step, the sample named, the state rolled back") {
  const test::Table table;
  std::map<int64_t, TensorList> healthy;
  for (int64_t step = test::table_every; step < 50; step += test::table_every)
    healthy[step] = test::state_after(table, step);
  Random random(2, 0);
  for (int trial = 0; trial < 50; ++trial) {
    const int64_t step = test::table_every + 1 + random.below(50 - test::table_every),
                  row = random.below(test::table_batch);
    const int64_t sample = test::sample_of(step, row), good = (step - 1) / test::table_every * test::table_every;
    INFO("step " << step << " row " << row);
    test::Training training(table.recipe, table.temp / "run",
                            {{"trainer.on_divergence=rollback", test::max_steps(step)}, test::poison({sample}), {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    const auto events = training.events("divergence");
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("step") == step);
    CHECK(events[0].at("fault").at("kind") == "batch");
    CHECK(events[0].at("samples") == nlohmann::json::array({sample}));
    CHECK(training.checkpoints->latest()->step == step);
    CHECK(test::same_tensors(test::without_measured(training.state()), test::without_measured(healthy.at(good))));
    CHECK(training.trainer->recovery().rate_factor == 0.5);
  }
}

TEST_CASE("a skipped step leaves everything as it was before it") {
  const test::Table table;
  Random random(3, 0);
  for (int trial = 0; trial < 10; ++trial) {
    const int64_t step = 2 + random.below(48), sample = test::sample_of(step, random.below(test::table_batch));
    INFO("step " << step);
    test::Training training(table.recipe, table.temp / "run",
                            {{"trainer.on_divergence=skip", test::max_steps(step)}, test::poison({sample}), {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    REQUIRE(training.events("divergence").size() == 1);
    CHECK(training.events("divergence")[0].at("action") == "skip");
    CHECK(test::same_tensors(test::without_measured(training.state()),
                             test::without_measured(test::state_after(table, step - 1))));
  }
}

TEST_CASE("a training that stops keeps its checkpoint, a report, and what shows the fault again") {
  const test::Table table;
  const int64_t sample = test::sample_of(10, 3);
  test::Training training(table.recipe, table.temp / "run", {{}, test::poison({sample}), {}});
  const std::string message = test::stopped(training);
  INFO(message);
  CHECK(message.find("step 10 diverged: the loss is nan. The batch itself is not finite: input is float [8, 3]") == 0);
  CHECK(message.find("(index " + std::to_string(sample) + ")") != std::string::npos);
  CHECK(training.checkpoints->latest()->step == 7);
  CHECK(training.events("divergence").size() == 1);

  const std::string folder = table.temp / "run/divergence/step-00000010";
  const auto report = nlohmann::json::parse(test::read_bytes(folder + "/report.json"));
  CHECK(report.at("step") == 10);
  CHECK(report.at("offending").at(0).at("index") == sample);
  CHECK(report.at("offending").at(0).at("row") == 3);
  CHECK(report.at("samples").size() == test::table_batch);
  CHECK(report.at("reproduce") == "dlrun replay " + folder);
  for (const auto& [name, tensor] : read_safetensors(folder + "/batch.safetensors").tensors)
    if (name == "input") CHECK(at::isnan(tensor[3][0]).item<bool>());
  // The weights are those of the nine steps before.
  const TensorList before = test::state_after(table, 9);
  for (const auto& [name, tensor] : read_safetensors(folder + "/state.safetensors").tensors) {
    INFO(name);
    for (const auto& [key, value] : before)
      if (key == name) CHECK(at::equal(tensor, value));
  }
}

TEST_CASE("replay runs a kept step again to the same fault") {
  const test::Table table;
  const auto prepare = [](Experiment& experiment) {
    test::poison({test::sample_of(4, 2)}, 3e38f)(experiment);
    c10::NoGradGuard off;
    experiment.network->parameters().front().tensor->mul_(10);
  };
  // Finite, but the sums of a linear layer are not.
  test::Training training(table.recipe, table.temp / "run", {{"architecture.norm=none"}, prepare, {}});
  INFO(test::stopped(training));
  const std::string folder = table.temp / "run/divergence/step-00000004";
  const auto report = nlohmann::json::parse(test::read_bytes(folder + "/report.json"));
  CHECK(report.at("fault").at("kind") == "operator");
  CHECK(report.at("fault").at("inputs").at(0).at("nan") == 0);
  ReplayOptions options;
  options.folder = folder;
  options.verbosity = -2;
  CHECK(dlrun_replay(options) == static_cast<int>(ExitCode::diverged));
  options.folder = table.temp / "run";
  CHECK_THROWS_AS(dlrun_replay(options), UserError);
}

// A root whose slope is infinite where the first number is 777.
struct Trap final : SimpleNetwork {
  std::shared_ptr<Linear> body = make<Linear>("body", 3, 2);
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor keep = input.narrow(1, 0, 1).ne(777).to(at::kFloat);
    return ((body->forward(input.clamp(-5, 5)).square() + 1) * keep).sqrt();
  }
};

TEST_CASE("a gradient that is not finite stops a step whose loss is") {
  const test::Table table;
  Random random(4, 0);
  for (int trial = 0; trial < 10; ++trial) {
    const int64_t step = 1 + random.below(50), row = random.below(test::table_batch),
                  sample = test::sample_of(step, row);
    for (const char* clipping : {"null", "{type: norm, value: 1}", "{type: value, value: 1}"}) {
      INFO("step " << step << " clipping " << clipping);
      const auto prepare = [&](Experiment& experiment) {
        test::poison({sample}, 777)(experiment);
        experiment.use(std::make_shared<Trap>());
      };
      test::Training training(table.recipe, table.temp / "run",
                              {{"regularization.gradient_clipping=" + std::string(clipping)}, prepare, {}});
      const std::string message = test::stopped(training);
      CHECK(message.find("step " + std::to_string(step) + " diverged: the loss is ") == 0);
      CHECK(message.find("but its gradient is not finite") != std::string::npos);
      const auto event = training.events("divergence").at(0);
      CHECK(event.at("fault").at("pass") == "backward");
      CHECK(event.at("fault").at("gradient_of") == "aten::sqrt");
      CHECK(event.at("samples") == nlohmann::json::array({sample}));
      for (const NamedTensor& parameter : training.experiment->network->parameters())
        CHECK(at::isfinite(*parameter.tensor).all().item<bool>());
    }
  }
}

TEST_CASE("a loss that one target makes infinite names its sample") {
  const test::TempDir temp;
  Random random(7, 0);
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 64; ++i) rows += std::to_string(random.normal()) + ",1," + (i == 37 ? "1e25" : "0.5") + "\n";
  const std::string recipe =
      "version: 1\nname: table\ntask: regression\nseed: 2\ndata: {type: csv, path: " + temp.write("table.csv", rows) +
      ", target: y, target_scaling: none}\narchitecture: {type: mlp, widths: [4], norm: batch}\n"
      "optimizer: {type: sgd, lr: 1e-3}\ntrainer: {epochs: 1, batch_size: 16, on_divergence: "
      "skip}\nhardware: {threads: 1}\n";
  test::Training training(recipe, temp / "run", {});
  training.trainer->run();
  const auto events = training.events("divergence");
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("samples") == nlohmann::json::array({37}));
}

TEST_CASE("a training gives up when too many steps in a row diverge, and counts anew after a good one") {
  const test::Table table;
  std::vector<int64_t> every;
  for (int64_t i = 0; i < test::table_samples; ++i) every.push_back(i);
  for (const char* action : {"skip", "rollback"}) {
    INFO(action);
    const std::vector<std::string> overrides = {"trainer.on_divergence=" + std::string(action),
                                                "trainer.max_divergences=3"};
    test::Training all(table.recipe, table.temp / "run", {overrides, test::poison(every), {}});
    CHECK(test::stopped(all).find("number 4 in a row (trainer.max_divergences)") != std::string::npos);
    CHECK(all.events("divergence").size() == 4);
    CHECK(all.events("divergence").back().at("action") == "stop");
  }
  const std::vector<int64_t> apart = {test::sample_of(2, 0), test::sample_of(3, 0), test::sample_of(5, 0),
                                      test::sample_of(6, 0)};
  test::Training some(table.recipe, table.temp / "run",
                      {{"trainer.on_divergence=skip", "trainer.max_divergences=2"}, test::poison(apart), {}});
  CHECK(some.trainer->run() == Ending::complete);
  CHECK(some.trainer->recovery().events == 4);
}

TEST_CASE("a resumed run ends like one never stopped, whatever diverged before and after") {
  const test::Table table;
  for (const char* action : {"skip", "rollback"}) {
    for (int64_t step : {3, 9, 30}) {
      INFO(action << " at step " << step);
      const std::vector<std::string> overrides = {"trainer.on_divergence=" + std::string(action),
                                                  "checkpoint.save_top_k=20", "checkpoint.monitor=train/loss",
                                                  "trainer.validate_every_n_steps=7"};
      const auto prepare = test::poison({test::sample_of(step, 1)});
      const std::string run = table.temp / "run";
      TensorList whole;
      {
        test::Training training(table.recipe, run, {overrides, prepare, {}});
        REQUIRE(training.trainer->run() == Ending::complete);
        whole = training.state();
      }
      const std::string metrics = test::plain_metrics(run);
      for (int64_t from : {28, 7}) {
        test::Training resumed(table.recipe, run, {overrides, prepare, from});
        REQUIRE(resumed.trainer->run() == Ending::complete);
        CHECK(test::same_tensors(resumed.state(), whole));
        CHECK(test::plain_metrics(run) == metrics);
      }
    }
  }
}

TEST_CASE("weights that an update made infinite reach no checkpoint") {
  const test::Table table;
  const std::vector<std::string> wild = {"optimizer={type: sgd, lr: 1e38}", "checkpoint.every_n_steps=1",
                                         "architecture.norm=none"};
  {
    test::Training stop(table.recipe, table.temp / "run", {wild, {}, {}});
    INFO(test::stopped(stop));
    for (const Checkpoint& checkpoint : stop.checkpoints->list())
      for (const auto& [name, tensor] : stop.checkpoints->load(checkpoint).tensors)
        if (tensor.is_floating_point()) CHECK(at::isfinite(tensor).all().item<bool>());
  }

  std::vector<std::string> tamed = wild;
  tamed.insert(tamed.end(), {"trainer.on_divergence=rollback", "trainer.divergence_lr_factor=1e-40",
                             "checkpoint.every_n_steps=1000"});
  test::Training rolled(table.recipe, table.temp / "run", {tamed, {}, {}});
  CHECK(rolled.trainer->run() == Ending::complete);
  CHECK(rolled.trainer->recovery().events >= 1);
}

// Two linear players of pictures; the generator's own turn gives NaN when the split has handed out its bad sample.
struct Pair final : GenerativeNetwork {
  struct Part final : SimpleNetwork {
    Part(int64_t inputs, int64_t outputs, const bool* fuse) : armed(fuse) {
      layer = make<Linear>("layer", inputs, outputs);
    }
    at::Tensor compute(const at::Tensor& input) override {
      const at::Tensor output = layer->forward(input.flatten(1));
      if (output.size(1) == 1) return output;
      const at::Tensor picture = output.reshape({-1, 1, 28, 28});
      return *armed && c10::GradMode::is_enabled() ? picture.log() : picture;
    }
    std::shared_ptr<Linear> layer;
    const bool* armed;
  };
  std::shared_ptr<Part> maker, judge;
  explicit Pair(const bool* armed) {
    maker = make<Part>("generator", 4, 784, armed);
    judge = make<Part>("discriminator", 784, 1, armed);
  }
  Batch compute(const Batch& batch) override { return {{"output", maker->forward(batch["input"])}}; }
  int64_t latent_size() const override { return 4; }
  at::Tensor latent(int64_t count) const override { return at::randn({count, 4}); }
  SimpleNetwork& generator() override { return *maker; }
  SimpleNetwork& discriminator() override { return *judge; }
};

struct Fuse final : Split {
  std::shared_ptr<Split> healthy;
  int64_t sample = -1;
  bool* armed = nullptr;
  int64_t size() const override { return healthy->size(); }
  Batch gather(std::span<const int64_t> indices) const override {
    *armed = std::find(indices.begin(), indices.end(), sample) != indices.end();
    return healthy->gather(indices);
  }
};

TEST_CASE("statistics that a step made infinite, unseen by its loss, reach no checkpoint") {
  const test::Table table;
  // Batch norm divides by the spread of the batch, so the loss stays finite; the running variance does not.
  const auto prepare = test::poison({test::sample_of(4, 2)}, 3e38f);
  {
    test::Training stop(table.recipe, table.temp / "run", {{}, prepare, {}});
    CHECK(test::stopped(stop).find("running_var is not finite any more") != std::string::npos);
    CHECK(!stop.checkpoints->latest());
  }
  test::Training rolled(table.recipe, table.temp / "run", {{"trainer.on_divergence=rollback"}, prepare, {}});
  CHECK(rolled.trainer->run() == Ending::complete);
  CHECK(rolled.trainer->recovery().events == 1);
  for (const auto& [name, tensor] : rolled.state())
    if (tensor.is_floating_point()) CHECK(at::isfinite(tensor).all().item<bool>());
}

TEST_CASE("a turn that diverges undoes the turns before it in the same step") {
  const test::TempDir temp;
  const std::string recipe = "version: 1\nname: pair\ntask: adversarial\nseed: 5\ndata: {type: idx, path: " +
                             (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
                             "}\narchitecture: dcgan\noptimizer: {type: adamw, lr: 1e-3}\n"
                             "trainer: {batch_size: 8, on_divergence: skip}\n"
                             "hardware: {threads: 1, loader_threads: 0}\n";
  bool armed = false;
  const auto run = [&](int64_t steps, int64_t bad_step) {
    const auto prepare = [&](Experiment& experiment) {
      at::manual_seed(1);
      experiment.use(std::make_shared<Pair>(&armed));
      auto fuse = std::make_shared<Fuse>();
      fuse->healthy = experiment.splits.train;
      if (bad_step > 0)
        fuse->sample =
            permutation(fuse->healthy->size(), test::table_seed, 0)[static_cast<size_t>((bad_step - 1) * 8 + 3)];
      fuse->armed = &armed;
      experiment.splits.train = fuse;
    };
    test::Training training(recipe, temp / "pair", {{test::max_steps(steps)}, prepare, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    const auto events = training.events("divergence");
    REQUIRE(events.size() == (bad_step > 0 ? 1 : 0));
    if (bad_step > 0) {
      CHECK(events[0].at("fault").at("module") == "generator");
      CHECK(events[0].at("fault").at("name") == "aten::log");
      CHECK(events[0].at("samples").empty());  // Its rows are made up.
    }
    return training.state();
  };
  const TensorList healthy = run(5, 0);
  CHECK(test::same_tensors(run(6, 6), healthy));
  CHECK_FALSE(test::same_tensors(run(6, 0), healthy));
}

}  // namespace
}  // namespace dlrun::divergence_test
