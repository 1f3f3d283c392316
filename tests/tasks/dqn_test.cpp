// Deep Q-learning: its update against PyTorch, how the slower copy follows, evaluation by playing, resuming, what it
// refuses, and its ONNX model.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/environment.h"
#include "export/onnx_parity.h"
#include "golden.h"
#include "models/support.h"
#include "onnx/exported.h"
#include "step/step.h"
#include "train/training.h"

namespace dlrun::dqn_test {
namespace {

constexpr const char* text =
    "version: 1\nname: pole\nseed: 2\n"
    "task: {type: dqn, buffer_size: 100, learning_starts: 20, target_update: 8, epsilon_moves: 50}\n"
    "data: {type: cartpole, val_episodes: 5, test_episodes: 5, epoch_steps: 30}\n"
    "architecture: {type: mlp, widths: [8]}\noptimizer: {type: adam, lr: 1e-3}\n"
    "trainer: {batch_size: 16, max_steps: 60, validate_every_n_steps: 7}\n"
    "checkpoint: {every_n_steps: 7, save_top_k: 9}\nlogging: {every_n_steps: 1}\n"
    "hardware: {threads: 1, loader_threads: 0}\n";

std::shared_ptr<Task> dqn(const nlohmann::json& values) {
  const auto task = test::component<Task>("dqn", values);
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {4}}, {"action", FieldInfo::Means::classes, {}, {"a", "b", "c"}}};
  task->bind(info);
  return task;
}

std::shared_ptr<Network> mlp() {
  auto architecture_of_it = architecture("mlp");
  set(*architecture_of_it, "widths", std::vector<int64_t>{6, 5});
  set(*architecture_of_it, "activation", std::string("tanh"));
  return architecture_of_it->build(of_numbers({4}, 3));
}

Batch moves() {
  Batch batch{{"input", numbers({7, 4})},
              {"action", tokens({7}, 3)},
              {"reward", 3 * numbers({7}, 2.5)},
              {"next.input", numbers({7, 4}, 1.1)},
              {"ended", at::tensor(std::vector<float>{0, 1, 0, 0, 1, 0, 0})}};
  batch.count = 7;
  return batch;
}

// Pushes to where the pole falls: balances for as long as anybody wants.
struct Hand final : Network {
  Batch compute(const Batch& batch) override {
    const at::Tensor lean = batch["input"].mv(at::tensor(std::vector<float>{0.1f, 0.2f, 1.0f, 0.5f}));
    return {{"output", at::stack({at::zeros_like(lean), lean}, 1)}};
  }
};

TEST_CASE("the update of dqn is PyTorch's, plain and double, with either loss") {
  const nlohmann::json golden = read_golden("dqn");
  for (const bool twice : {false, true}) {
    for (const char* type : {"mse", "huber"}) {
      const std::string name = std::string(twice ? "double_" : "") + type;
      INFO(name);
      const auto task = dqn({{"gamma", 0.9}, {"double", twice}});
      const auto loss = test::component<Loss>(type, nlohmann::json::object());
      const std::shared_ptr<Module> all = task->assemble(mlp);
      fill_by_formula(*all);
      const Outcome outcome = task->turn({*all, *loss, moves()});
      CHECK(outcome.loss.mean.item<double>() == Approx(golden[name]["loss"].get<double>()).epsilon(1e-5));
      CHECK(outcome.loss.weight.item<double>() == 7);
      check_gradients(*all->find("online"), outcome.loss.mean, golden[name]["gradients"], 1e-4);
      for (const NamedTensor& parameter : all->find("target")->parameters())
        CHECK_FALSE(parameter.tensor->grad().defined());
    }
  }
}

TEST_CASE("the slower copy starts as the network, and follows every so many steps as far as tau says") {
  const auto follow = [](const nlohmann::json& values, int64_t step) {
    const auto task = dqn(values);
    const std::shared_ptr<Module> all = task->assemble(mlp);
    at::Tensor online = *all->find("online")->parameters()[0].tensor,
               target = *all->find("target")->parameters()[0].tensor;
    CHECK(at::equal(online, target));
    CHECK(all->find("online")->parameters()[0].tensor->requires_grad());
    CHECK_FALSE(target.requires_grad());
    CHECK(task->players(*all)[0].module == all->find("online"));
    const c10::NoGradGuard no_gradients;
    online.fill_(1);
    target.fill_(0);
    task->after_update(*all, step);
    return target[0][0].item<double>();
  };
  CHECK(follow({{"target_update", 5}}, 4) == 0);
  CHECK(follow({{"target_update", 5}}, 10) == 1);
  CHECK(follow({{"target_update", 1}, {"tau", 0.25}}, 3) == Approx(0.25));
}

TEST_CASE("an evaluation plays whole episodes, and compares the value of their start with what came") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(text, "test.yaml", {{"data.max_steps=300", "task.gamma=0.98"}}, recipe);
  Experiment experiment = build(recipe, {});
  experiment.use(std::make_shared<Hand>());
  const std::unique_ptr<Loader> loader = experiment.loader("val");
  loader->seek(0);
  const c10::NoGradGuard no_gradients;
  const Batch batch = *loader->next();
  const Outcome outcome = forward_held_out(experiment, batch);
  CHECK(at::equal(outcome.truth["return"], at::full({5}, 300.0, at::kDouble)));
  const double discounted = (1 - std::pow(0.98, 300)) / (1 - 0.98);
  CHECK(at::allclose(outcome.truth["target"], at::full({5}, discounted, at::kDouble)));
  const at::Tensor lean = experiment.network->forward(batch)["output"].amax(1);
  CHECK(at::allclose(outcome.answer["output"], lean.to(at::kDouble)));
  CHECK(outcome.loss.weight.item<double>() == 5 * 300);
  // Always to the right: the pole falls after a few moves, as one episode played by hand says.
  struct Right final : Network {
    Batch compute(const Batch& asked) override {
      return {{"output", at::tensor(std::vector<float>{0, 1}).expand({asked["input"].size(0), 2})}};
    }
  };
  experiment.use(std::make_shared<Right>());
  const Outcome fallen = forward_held_out(experiment, batch);
  const auto& environment = dynamic_cast<const Environment&>(*recipe.data);
  for (int64_t i = 0; i < 5; ++i) {
    at::Tensor state = environment.start(batch["start"].narrow(0, i, 1));
    double total = 0;
    for (bool ended = false; !ended; ++total) {
      const Moved moved = environment.move(state, at::ones({1}, at::kLong));
      state = moved.states;
      ended = moved.terminated.item<bool>();
    }
    CHECK(fallen.truth["return"][i].item<double>() == total);
  }
}

TEST_CASE("a resumed dqn ends with the same bits, and what it remembers is in its checkpoints") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  TensorList whole;
  {
    test::Training training(text, temp / "run");
    REQUIRE(training.trainer->run() == Ending::complete);
    whole = training.state();
    CHECK(training.events("validation").back().contains("val/return"));
  }
  const auto kept = [&](const std::string& name) {
    for (const auto& [key, tensor] : whole)
      if (key == name) return tensor;
    FAIL("no " << name);
    return at::Tensor();
  };
  CHECK(kept("feed.input").sizes() == at::IntArrayRef({100, 4}));
  CHECK(test::list(kept("feed.counts"))[0] == 60);
  CHECK(test::list(kept("feed.counts"))[1] == 80);
  CHECK_FALSE(at::equal(kept("model.online.layers.0.weight"), kept("model.target.layers.0.weight")));
  const std::string metrics = test::plain_metrics(temp / "run");
  for (const int64_t from : {7, 35}) {
    test::Training resumed(text, temp / "run", {{}, {}, from});
    REQUIRE(resumed.trainer->run() == Ending::complete);
    CHECK(test::same_tensors(resumed.state(), whole));
    CHECK(test::plain_metrics(temp / "run") == metrics);
  }
}

TEST_CASE("a network of dqn says what each action is worth, and its ONNX model says the same") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_text(text, "test.yaml", {}, recipe);
  const Experiment experiment = build(recipe, {});
  fill_by_formula(*experiment.all);
  experiment.network->set_training(false);
  const c10::NoGradGuard no_gradients;
  const Batch batch{{"input", numbers({3, 4})}};
  const at::Tensor worth = experiment.network->forward(batch)["output"];
  REQUIRE(worth.sizes() == at::IntArrayRef({3, 2}));
  const nlohmann::json record = recipe.task->predict(*experiment.network, batch)[1];
  CHECK(record["action"] == (worth[1][1].item<double>() > worth[1][0].item<double>() ? "right" : "left"));
  CHECK(record["value"].get<double>() == worth[1].max().item<double>());
  CHECK(record["values"]["left"].get<double>() == worth[1][0].item<double>());
  const OnnxSubject subject = onnx_subject(experiment);
  const OnnxBuild build = build_onnx(subject, *experiment.network, 17);
  CHECK(build.model.graph.inputs.size() == 1);
  const OnnxEvaluator evaluator(test::through_file(build.model, "dqn"));
  const ParityReport report = check_parity({experiment, subject, build, evaluator, std::nullopt, "val", 5, 1e-4});
  CHECK(report.relative < 1e-5);
  CHECK(report.samples == 5);
}

TEST_CASE("dqn needs an environment, an environment a task that acts, and neither is augmented or sampled") {
  std::filesystem::current_path(test::source_dir());
  const auto refused = [](const std::vector<std::string>& overrides, const char* message) {
    test::check_error(
        [&] {
          Recipe recipe;
          read_text(text, "test.yaml", {overrides}, recipe);
          build(recipe, {});
        },
        ExitCode::bad_recipe, message);
  };
  refused({"data={type: csv, path: recipes/data/ring_of_gaussians.csv, target: gaussian}"},
          "data: the task dqn learns by acting, and csv is no environment");
  refused({"task=regression"}, "task: cartpole is an environment, and regression does not act");
  refused({"augmentation=[normalize]"}, "augmentation: what is seen in an environment");
  refused({"sampler=balanced"}, "sampler: moves that are remembered");
}

}  // namespace
}  // namespace dlrun::dqn_test
