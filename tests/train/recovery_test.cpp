// Going on after steps that were not finite, whatever else happens: kills and signals at any step, several rollbacks,
// averages, parts of batches, two networks, half precision, and held-out data that are not finite.

#include <csignal>

#include <catch2/catch.hpp>

#include "base/signals.h"
#include "nn/linear.h"
#include "train/poisoned.h"

namespace dlrun::recovery_test {
namespace {

using test::sample_of;

struct Killed {};

// Does something when batch number `when` is asked for, from 1; the loader has no threads.
struct Eventful final : Split {
  std::shared_ptr<Split> inner;
  int64_t when = 0;
  std::function<void()> event;
  mutable int64_t asked = 0;

  int64_t size() const override { return inner->size(); }
  std::string describe(int64_t index) const override { return inner->describe(index); }
  Batch gather(std::span<const int64_t> indices) const override {
    if (++asked == when) event();
    return inner->gather(indices);
  }
};

std::function<void(Experiment&)> at_step(int64_t step, std::function<void()> event,
                                         std::function<void(Experiment&)> before) {
  return [=](Experiment& experiment) {
    before(experiment);
    auto split = std::make_shared<Eventful>();
    split->inner = experiment.splits.train;
    split->when = step;
    split->event = event;
    experiment.splits.train = split;
  };
}

TEST_CASE("a run killed or told to stop at any step ends like one left alone, whatever diverged before and after") {
  const test::Table table;
  const std::string run = table.temp / "run";
  const auto poisoned = test::poison(
      {sample_of(3, 1), sample_of(9, 1), sample_of(10, 0), sample_of(16, 2), sample_of(38, 7), sample_of(39, 3)});
  for (const char* action : {"skip", "rollback"}) {
    const std::vector<std::string> overrides = {"trainer.on_divergence=" + std::string(action),
                                                "hardware.loader_threads=0"};
    TensorList whole;
    Recovery recovery;
    std::string metrics;
    {
      test::Training training(table.recipe, run, {overrides, poisoned, {}});
      REQUIRE(training.trainer->run() == Ending::complete);
      whole = training.state();
      recovery = training.trainer->recovery();
      metrics = test::plain_metrics(run);
      REQUIRE(recovery.events == 6);
    }
    // Around the steps that diverge and the checkpoints at 7, 14, 42.
    for (const int64_t step : {2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 39, 40, 42, 50}) {
      for (const bool killed : {true, false}) {
        INFO(action << (killed ? ", killed in step " : ", told to stop in step ") << step);
        std::optional<int64_t> from;
        {
          const auto event = [=] {
            if (killed) throw Killed();
            request_stop(SIGTERM);
          };
          test::Training training(table.recipe, run, {overrides, at_step(step, event, poisoned), {}});
          if (killed)
            CHECK_THROWS_AS(training.trainer->run(), Killed);
          else
            CHECK(training.trainer->run() == Ending::interrupted);
          request_stop(0);
          if (const auto latest = training.checkpoints->latest()) from = latest->step;
        }
        test::Training resumed(table.recipe, run, {overrides, poisoned, from});
        REQUIRE(resumed.trainer->run() == Ending::complete);
        CHECK(test::same_tensors(resumed.state(), whole));
        CHECK(test::plain_metrics(run) == metrics);
        CHECK(resumed.trainer->recovery().rate_factor == recovery.rate_factor);
        CHECK(resumed.trainer->recovery().good_step == recovery.good_step);
        CHECK(resumed.trainer->recovery().in_a_row == recovery.in_a_row);
      }
    }
  }
}

TEST_CASE("rollbacks in a row each lower the rate and go to the same checkpoint") {
  const test::Table table;
  const auto three = test::poison({sample_of(9, 0), sample_of(11, 5), sample_of(13, 2)});
  {
    test::Training training(table.recipe, table.temp / "run",
                            {{"trainer.on_divergence=rollback", "trainer.divergence_lr_factor=0.1",
                              "trainer.max_divergences=3", "logging.every_n_steps=1", test::max_steps(13)},
                             three,
                             {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    CHECK(test::same_tensors(test::without_measured(training.state()),
                             test::without_measured(test::state_after(table, 7))));
    CHECK(training.trainer->recovery().rate_factor == Approx(1e-3));
    CHECK(training.trainer->recovery().in_a_row == 3);
    const auto steps = training.events("step");
    CHECK(steps.at(7).at("lr").get<double>() == Approx(0.01));
    CHECK(steps.at(9).at("lr").get<double>() == Approx(0.001));
    CHECK(steps.at(11).at("lr").get<double>() == Approx(0.0001));
  }
  {
    test::Training training(
        table.recipe, table.temp / "run",
        {{"trainer.on_divergence=rollback", "trainer.max_divergences=2", test::max_steps(14)}, three, {}});
    CHECK(test::stopped(training).find("number 3 in a row (trainer.max_divergences)") != std::string::npos);
    CHECK(training.checkpoints->latest()->step == 7);
  }
  // With a checkpoint between them that holds progress they are not in a row.
  test::Training apart(table.recipe, table.temp / "run",
                       {{"trainer.on_divergence=rollback", "trainer.max_divergences=1", test::max_steps(28)},
                        test::poison({sample_of(9, 0), sample_of(16, 5), sample_of(23, 2)}),
                        {}});
  REQUIRE(apart.trainer->run() == Ending::complete);
  CHECK(apart.trainer->recovery().rate_factor == 0.125);
}

TEST_CASE("a rollback before the first checkpoint of the schedule goes to the weights the run began with") {
  const test::Table table;
  std::vector<at::Tensor> initial;
  const auto prepare = [&](Experiment& experiment) {
    test::poison({sample_of(4, 1)})(experiment);
    for (const NamedTensor& parameter : experiment.network->parameters())
      initial.push_back(parameter.tensor->detach().clone());
  };
  test::Training training(table.recipe, table.temp / "run",
                          {{"trainer.on_divergence=rollback", test::max_steps(4)}, prepare, {}});
  REQUIRE(training.trainer->run() == Ending::complete);
  const auto parameters = training.experiment->network->parameters();
  REQUIRE(initial.size() == parameters.size());
  for (size_t i = 0; i < initial.size(); ++i) CHECK(at::equal(initial[i], *parameters[i].tensor));
}

TEST_CASE("a run that stopped goes on with rollback, back to the checkpoint it was resumed from") {
  const test::Table table;
  const auto poisoned = test::poison({sample_of(10, 3)});
  {
    test::Training training(table.recipe, table.temp / "run", {{}, poisoned, {}});
    test::stopped(training);
  }
  test::Training resumed(table.recipe, table.temp / "run",
                         {{"trainer.on_divergence=rollback", test::max_steps(10)}, poisoned, 7});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  CHECK(resumed.trainer->recovery().rate_factor == 0.5);
  CHECK(
      test::same_tensors(test::without_measured(resumed.state()), test::without_measured(test::state_after(table, 7))));
}

TEST_CASE("one bad part of a batch skips the whole step, and names the sample") {
  const test::Table table;
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), 3e38f}) {
    const int64_t sample = sample_of(12, 5);
    const std::vector<std::string> parts = {"trainer.gradient_accumulation_steps=4", "architecture.norm=none"};
    std::vector<std::string> bad = parts, healthy = parts;
    bad.insert(bad.end(), {"trainer.on_divergence=skip", test::max_steps(12)});
    healthy.push_back(test::max_steps(11));
    test::Training before(table.recipe, table.temp / "healthy", {healthy, {}, {}});
    REQUIRE(before.trainer->run() == Ending::complete);
    const auto prepare = [&](Experiment& experiment) {
      test::poison({sample}, value)(experiment);
      // The sums of finite numbers are not finite.
      if (std::isfinite(value)) {
        c10::NoGradGuard off;
        experiment.network->parameters().front().tensor->mul_(10);
      }
    };
    test::Training training(table.recipe, table.temp / "run", {bad, prepare, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    REQUIRE(training.events("divergence").size() == 1);
    CHECK(training.events("divergence")[0].at("samples") == nlohmann::json::array({sample}));
    if (!std::isfinite(value)) CHECK(test::same_tensors(training.state(), before.state()));
  }
}

TEST_CASE("two networks with averages roll back together") {
  const test::TempDir temp;
  const std::string recipe = "version: 1\nname: pair\ntask: adversarial\nseed: 5\ndata: {type: idx, path: " +
                             (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
                             "}\narchitecture: {type: dcgan, latent_size: 4, generator_channels: 2, "
                             "discriminator_channels: 2}\noptimizer: {type: adamw, lr: 1e-3}\n"
                             "regularization: {ema: {decay: 0.9}}\ncheckpoint: {every_n_steps: 3}\n"
                             "trainer: {batch_size: 8, on_divergence: rollback}\nhardware: {threads: 1}\n";
  const auto state_after = [&](int64_t steps, int64_t bad_step) {
    const auto prepare = [&](Experiment& experiment) {
      if (bad_step == 0) return;
      auto split = std::make_shared<test::Poisoned>();
      split->healthy = experiment.splits.train;
      split->samples = {permutation(split->healthy->size(), 5, 0)[static_cast<size_t>((bad_step - 1) * 8 + 2)]};
      experiment.splits.train = split;
    };
    test::Training training(recipe, temp / "run", {{test::max_steps(steps)}, prepare, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    REQUIRE(training.events("divergence").size() == (bad_step > 0 ? 1 : 0));
    return training.state();
  };
  const TensorList healthy = state_after(3, 0);
  CHECK(test::same_tensors(test::without_measured(state_after(5, 5)), test::without_measured(healthy)));
  CHECK_FALSE(test::same_tensors(state_after(5, 0), healthy));
}

// A linear layer that computes its answer in half precision, where the largest number is 65504.
struct HalfPrecision final : SimpleNetwork {
  std::shared_ptr<Linear> body = make<Linear>("body", 3, 2);
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor large = (input.clamp(-5, 5).abs() + input.eq(777).to(at::kFloat) * 50000).to(at::kHalf);
    return body->forward((large * 2).to(at::kFloat));
  }
};

TEST_CASE("a number too large for half precision is found where it overflows") {
  const test::Table table;
  const int64_t sample = sample_of(6, 4);
  const auto prepare = [&](Experiment& experiment) {
    test::poison({sample}, 777)(experiment);
    experiment.use(std::make_shared<HalfPrecision>());
  };
  test::Training training(table.recipe, table.temp / "run", {{"trainer.on_divergence=skip"}, prepare, {}});
  REQUIRE(training.trainer->run() == Ending::complete);
  const auto events = training.events("divergence");
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("step") == 6);
  CHECK(events[0].at("fault").at("name") == "aten::mul");
  CHECK(events[0].at("fault").at("outputs").at(0).at("type") == "half");
  CHECK(events[0].at("fault").at("outputs").at(0).at("infinite") == 1);
  CHECK(events[0].at("samples") == nlohmann::json::array({sample}));
}

TEST_CASE("an optimizer whose memory overflows is caught before the next checkpoint") {
  const test::Table table;
  // The gradient is finite, its square is not: Adam would never move these weights again.
  // All samples of a batch get the same answer, so that some are wrong.
  std::vector<int64_t> batch;
  for (int64_t row = 0; row < test::table_batch; ++row) batch.push_back(sample_of(4, row));
  const auto prepare = test::poison(batch, 1e22f);
  const std::vector<std::string> plain = {"architecture={type: mlp, widths: []}"};
  {
    test::Training training(table.recipe, table.temp / "run", {plain, prepare, {}});
    const std::string message = test::stopped(training);
    INFO(message);
    CHECK(message.find("step 7 diverged") == 0);
    CHECK(message.find("the optimizer's exp_avg_sq.layers.0.weight is not finite any more") != std::string::npos);
    CHECK_FALSE(training.checkpoints->latest());
  }
  std::vector<std::string> back = plain;
  back.push_back("trainer.on_divergence=rollback");
  test::Training rolled(table.recipe, table.temp / "run", {back, prepare, {}});
  REQUIRE(rolled.trainer->run() == Ending::complete);
  CHECK(rolled.trainer->recovery().events == 1);
  for (const auto& [name, tensor] : rolled.state())
    if (tensor.is_floating_point()) CHECK(at::isfinite(tensor).all().item<bool>());
}

// Held-out samples that are spoilt for the first `passes` validations.
struct SpoiltAtFirst final : Split {
  std::shared_ptr<Split> healthy;
  int64_t sample = 0, passes = 0;
  mutable int64_t seen = 0;

  int64_t size() const override { return healthy->size(); }
  std::string describe(int64_t index) const override { return "held-out " + std::to_string(index); }
  Batch gather(std::span<const int64_t> indices) const override {
    Batch batch = healthy->gather(indices);
    for (size_t row = 0; row < indices.size(); ++row)
      if (indices[row] == sample && seen++ < passes)
        batch["input"][static_cast<int64_t>(row)][1] = std::numeric_limits<float>::infinity();
    return batch;
  }
};

TEST_CASE(
    "held-out samples that are not finite are named and spoil neither early stopping, nor the best, nor resuming") {
  const test::Table table;
  const std::string run = table.temp / "run";
  const std::vector<std::string> overrides = {"data.val={split: 0.2}",
                                              "regularization.early_stopping={patience: 3, monitor: val/loss}",
                                              "checkpoint.monitor=val/loss",
                                              "checkpoint.save_top_k=1",
                                              "trainer.validate_every_n_steps=7",
                                              "trainer.eval_batch_size=16",
                                              "hardware.loader_threads=0"};
  const auto spoilt = [](int64_t passes) {
    return [passes](Experiment& experiment) {
      auto split = std::make_shared<SpoiltAtFirst>();
      split->healthy = experiment.splits.val;
      split->sample = 21;
      split->passes = passes;
      experiment.splits.val = split;
    };
  };
  {
    test::Training once(table.recipe, run, {overrides, spoilt(1), {}});
    REQUIRE(once.trainer->run() == Ending::complete);
    CHECK(once.trainer->describe_end() == "all 50 steps done");
    const auto told = once.events("validation_not_finite");
    REQUIRE(told.size() == 1);
    CHECK(told[0].at("step") == 7);
    CHECK(told[0].at("fault").at("kind") == "batch");
    CHECK(told[0].at("samples") == nlohmann::json::array({21}));
    CHECK(once.events("validation").front().at("val/loss") == "NaN");
    CHECK(once.checkpoints->best("val/loss", Better::lower)->step > 7);
  }
  TensorList whole;
  {
    test::Training always(table.recipe, run, {overrides, spoilt(1000), {}});
    REQUIRE(always.trainer->run() == Ending::complete);
    CHECK(always.trainer->describe_end() == "stopped early: no improvement in 3 validations");
    CHECK(always.events("validation_not_finite").size() == 3);
    CHECK_FALSE(always.checkpoints->best("val/loss", Better::lower));
    whole = always.state();
  }
  const std::string metrics = test::plain_metrics(run);
  int64_t from = 0;
  {
    const auto stop = [] { request_stop(SIGTERM); };
    test::Training stopped(table.recipe, run, {overrides, at_step(10, stop, spoilt(1000)), {}});
    CHECK(stopped.trainer->run() == Ending::interrupted);
    request_stop(0);
    from = stopped.checkpoints->latest()->step;
  }
  test::Training resumed(table.recipe, run, {overrides, spoilt(1000), from});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  CHECK(test::same_tensors(resumed.state(), whole));
  CHECK(test::plain_metrics(run) == metrics);
}

}  // namespace
}  // namespace dlrun::recovery_test
