// WGAN-GP: its two losses and their gradients against PyTorch, who has a turn when, resuming, and what it refuses.

#include <catch2/catch.hpp>
#include <set>

#include "data/components.h"
#include "models/generative.h"
#include "models/support.h"
#include "tasks/task.h"
#include "train/training.h"

namespace dlrun::wgan_gp_test {
namespace {

constexpr const char* text =
    "version: 1\nname: ring\ntask: wgan_gp\nseed: 2\n"
    "data: {type: csv, path: recipes/data/ring_of_gaussians.csv, target: gaussian, scaling: none}\n"
    "architecture: {type: mlp_gan, latent_size: 2, generator_widths: [8], discriminator_widths: [8]}\n"
    "optimizer: {type: adam, lr: 1e-3, beta1: 0.5}\ntrainer: {batch_size: 16, validate_every_n_steps: 7}\n"
    "checkpoint: {every_n_steps: 7, save_top_k: 9, monitor: train/critic_loss}\n"
    "logging: {every_n_steps: 1}\nhardware: {threads: 1, loader_threads: 0}\n";

std::shared_ptr<Network> pair_of_rows(const std::string& activation) {
  auto gan = architecture("mlp_gan");
  set(*gan, "latent_size", int64_t{3});
  set(*gan, "generator_widths", std::vector<int64_t>{7, 6});
  set(*gan, "discriminator_widths", std::vector<int64_t>{7, 6});
  set(*gan, "activation", activation);
  return gan->build(of_numbers({2}));
}

std::shared_ptr<Network> pair_of_pictures(const std::string& norm) {
  auto gan = architecture("dcgan");
  set(*gan, "latent_size", int64_t{3});
  set(*gan, "generator_channels", int64_t{2});
  set(*gan, "discriminator_channels", int64_t{2});
  set(*gan, "discriminator_norm", norm);
  return gan->build(of_numbers({1, 16, 16}));
}

void check_turns(const char* name, Network& network, const at::Tensor& real, double penalty) {
  INFO(name);
  const nlohmann::json golden = read_golden("wgan_gp")[name];
  auto& pair = dynamic_cast<GenerativeNetwork&>(network);
  fill_by_formula(network);
  const auto task = test::component<Task>("wgan_gp", {{"penalty", penalty}});
  const auto loss = test::component<Loss>("wasserstein", nlohmann::json::object());
  Batch batch{{"input", real}};
  batch.count = real.size(0);
  const auto turn = [&](size_t player) {
    at::manual_seed(7);
    return task->turn({network, *loss, batch, player, 0});
  };
  const Outcome critic = turn(0);
  // A penalty and a distance of two means, each larger than their sum: other processors round the last digits
  // otherwise.
  CHECK(critic.loss.mean.item<double>() == Approx(golden["critic"].get<double>()).epsilon(1e-5).margin(1e-6));
  CHECK(critic.loss.weight.item<double>() == real.size(0));
  CHECK(critic.parts[1].first == "wasserstein");
  CHECK(critic.parts[1].second.item<double>() == Approx(golden["wasserstein"].get<double>()).epsilon(1e-5));
  CHECK(critic.parts[2].first == "gradient_penalty");
  CHECK(critic.parts[2].second.item<double>() == Approx(golden["penalty"].get<double>()).epsilon(1e-5));
  check_gradients(pair.discriminator(), critic.loss.mean, golden["critic_gradients"], 1e-4);
  const Outcome generator = turn(1);
  CHECK(generator.loss.mean.item<double>() == Approx(golden["generator"].get<double>()).epsilon(1e-5));
  check_gradients(pair.generator(), generator.loss.mean, golden["generator_gradients"], 1e-4);
  // Those who only look run a turn without gradients: the same numbers.
  const c10::NoGradGuard no_gradients;
  CHECK(turn(0).loss.mean.item<double>() == critic.loss.mean.item<double>());
}

TEST_CASE("both losses of wgan_gp and the gradients of all weights are PyTorch's") {
  check_turns("relu", *pair_of_rows("relu"), numbers({5, 2}), 10.0);
  check_turns("tanh", *pair_of_rows("tanh"), numbers({5, 2}), 0.1);
  check_turns("pictures", *pair_of_pictures("layer"), numbers({4, 1, 16, 16}), 10.0);
}

TEST_CASE("the generator has one turn of five, and in the others it stays as it is") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const auto weights = [&](int64_t steps, const std::string& part) {
    test::Training training(text, temp / "run" + std::to_string(steps),
                            {{"trainer.max_steps=" + std::to_string(steps)}, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    std::set<int64_t> with_generator;
    for (const nlohmann::json& record : training.events("step")) {
      CHECK(record.contains("train/critic_loss"));
      if (record.contains("train/generator_loss")) with_generator.insert(record.at("step").get<int64_t>());
    }
    CHECK(static_cast<int64_t>(with_generator.size()) == steps / 5);
    for (const int64_t step : with_generator) CHECK(step % 5 == 0);
    std::vector<at::Tensor> taken;
    for (const NamedTensor& entry : training.experiment->all->find(part)->parameters())
      taken.push_back(entry.tensor->detach().flatten().clone());
    return at::cat(taken);
  };
  CHECK(at::equal(weights(1, "generator"), weights(4, "generator")));
  CHECK_FALSE(at::equal(weights(4, "generator"), weights(5, "generator")));
  CHECK(at::equal(weights(5, "generator"), weights(9, "generator")));
  CHECK_FALSE(at::equal(weights(9, "generator"), weights(10, "generator")));
  CHECK_FALSE(at::equal(weights(1, "discriminator"), weights(4, "discriminator")));
}

TEST_CASE("a resumed wgan_gp ends with the same bits") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  TensorList whole;
  {
    test::Training training(text, temp / "run", {{"trainer.max_steps=18"}, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    whole = training.state();
  }
  const std::string metrics = test::plain_metrics(temp / "run");
  test::Training resumed(text, temp / "run", {{"trainer.max_steps=18"}, {}, 7});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  CHECK(test::same_tensors(resumed.state(), whole));
  CHECK(test::plain_metrics(temp / "run") == metrics);
}

TEST_CASE("new rows carry the names of the data's columns, and depend on the seed alone") {
  const auto task = test::component<Task>("wgan_gp", nlohmann::json::object());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2}}};
  info.features = {"x", "y"};
  task->bind(info);
  const auto network = pair_of_rows("relu");
  fill_by_formula(*network);
  const auto rows = [&](uint64_t seed) {
    GenerateOptions options;
    options.samples = 3;
    options.seed = seed;
    return task->generate(*network, options).texts;
  };
  REQUIRE(rows(1).size() == 3);
  CHECK(rows(1) == rows(1));
  CHECK(rows(1) != rows(2));
  const nlohmann::json row = nlohmann::json::parse(rows(1)[0]);
  CHECK(row.size() == 2);
  CHECK(std::abs(row.at("x").get<double>() - row.at("y").get<double>()) > 0);
}

TEST_CASE("wgan_gp refuses a critic that joins samples, and a network that is no pair") {
  const auto task = test::component<Task>("wgan_gp", nlohmann::json::object());
  test::check_error([&] { task->assemble([] { return pair_of_pictures("batch"); }); }, ExitCode::bad_recipe,
                    "architecture: wgan_gp asks for the slope at each sample alone, and discriminator.main.3");
  test::check_error([&] { task->assemble([] { return architecture("mlp")->build(of_numbers({2}, 1)); }); },
                    ExitCode::bad_recipe, "task: wgan_gp needs an architecture with a generator");
}

}  // namespace
}  // namespace dlrun::wgan_gp_test
