// Networks of which several processes have parts: the losses, weights and checkpoints of one process.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "dist/gloo.h"
#include "dist/ranks.h"
#include "experiment/parted_network.h"
#include "nn/cut.h"
#include "nn/shard.h"
#include "recipes.h"
#include "run/training_state.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::parted_network_test {
namespace {

constexpr int64_t steps = 20;

struct Trained {
  std::vector<double> losses;
  TensorList weights;    // whole, as a checkpoint names them
  TensorList optimizer;  // the same
};

std::shared_ptr<Group> borrowed(Group& group) {
  return {&group, [](Group*) {}};
}

Trained train(Recipe& recipe, const std::shared_ptr<Group>& group) {
  Experiment experiment = build(recipe, {});
  if (group) experiment.join(group);
  Step step(experiment);
  TurnStart start(*experiment.all, experiment.device);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  Trained trained;
  for (int64_t k = 0; k < steps; ++k) {
    const Batch batch = experiment.place(feed->next());
    start.take();
    const std::vector<Part> parts = parts_of(experiment, batch);
    Outcome outcome = step.learn(0, parts, k);
    step.exchange(0, outcome);
    const TurnNumbers numbers = step.limit(0, outcome);
    trained.losses.push_back(numbers.loss);
    step.update(0, {.lr = recipe.optimizer->lr}, numbers.loss, {parts, k, start});
    step.finish(k + 1);
  }
  for (const NamedTensor& parameter : experiment.all->parameters())
    trained.weights.emplace_back(kept_name(kept_model, parameter.name), parameter.tensor->detach());
  for (const auto& [name, tensor] : step.learner(0).parameters->state())
    trained.optimizer.emplace_back(kept_name(kept_optimizer, name), tensor);
  if (experiment.parted) {
    trained.weights = experiment.parted->whole(trained.weights);
    trained.optimizer = experiment.parted->whole(trained.optimizer);
  }
  return trained;
}

double apart(const TensorList& one, const TensorList& other) {
  if (one.size() != other.size()) return 1e9;
  double most = 0;
  for (const auto& [name, tensor] : one)
    for (const auto& [same, value] : other)
      if (name == same)
        most = tensor.sizes() == value.sizes() ? std::max(most, (tensor - value).abs().max().item<double>()) : 1e9;
  return most;
}

std::string compare_with_one(Group& group, const std::string& file, std::vector<std::string> overrides,
                             const std::string& way, double most) {
  set_log_verbosity(-2);
  // Plain steps do not enlarge what rounding makes different, as those do that divide by a gradient.
  overrides.insert(overrides.end(), {"optimizer={type: sgd, lr: 0.05, momentum: 0.9}", "hardware.threads=1",
                                     "trainer.batch_size=16", "trainer.drop_last=true"});
  Recipe alone_recipe, recipe;
  read_file(file, {overrides}, alone_recipe);
  overrides.push_back("hardware." + way);
  read_file(file, {overrides}, recipe);
  const Trained alone = train(alone_recipe, nullptr), together = train(recipe, borrowed(group));
  double losses = 0;
  for (size_t i = 0; i < alone.losses.size(); ++i)
    losses = std::max(losses, std::abs(alone.losses[i] - together.losses[i]) / std::abs(alone.losses[i]));
  const double weights = apart(alone.weights, together.weights);
  if (group.rank() == 0)
    std::printf("%s, %d processes, %s: losses %.2g apart, weights %.2g\n", file.c_str(), static_cast<int>(group.size()),
                way.c_str(), losses, weights);
  if (!(losses <= 1e-5)) return "far: losses " + std::to_string(losses);
  if (!(weights <= most)) return "far: weights " + std::to_string(weights);
  if (!(apart(alone.optimizer, together.optimizer) <= 10 * most)) return "far: the optimizer's memory";
  if (alone.losses.front() == alone.losses.back()) return "far: nothing was learned";
  std::string bits;
  for (const TensorList& list : {together.weights, together.optimizer})
    for (const auto& [name, tensor] : list) {
      const at::Tensor dense = tensor.contiguous();
      bits.append(static_cast<const char*>(dense.const_data_ptr()), dense.nbytes());
    }
  return hash_hex(bits);
}

const char* const no_draws = "architecture.dropout=0";

const std::vector<std::string> no_draws_of_vit = {no_draws, "architecture.attention_dropout=0",
                                                  "architecture.drop_path=0"};

const std::string held = "tensor_parallel_degree=2", staged = "pipeline_parallel_degree=2";

struct Case {
  const char* recipe;
  std::vector<std::string> overrides;
  double weights = 1e-5;  // by which they may differ; a weight before a norm over the batch has no size of its own
};

void require_same(const std::vector<test::Ended>& ranks) {
  for (const test::Ended& rank : ranks) {
    INFO(rank.said);
    REQUIRE(rank.signal == 0);
    REQUIRE(rank.said.find("far:") == std::string::npos);
    REQUIRE(rank.said.find("exception") == std::string::npos);
    REQUIRE(rank.said.find("Error") == std::string::npos);
    REQUIRE(rank.said == ranks[0].said);
  }
}

std::string refused(const std::vector<std::string>& overrides) {
  Recipe recipe;
  std::vector<std::string> all = {"hardware.tensor_parallel_degree=2"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  try {
    read_file("tests/recipes/transformer.yaml", {all}, recipe);
    build(recipe, {});
  } catch (const UserError& error) {
    REQUIRE(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("networks held together make the losses, weights and optimizer's memory of one process") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const Case one = GENERATE(
      Case{"tests/recipes/transformer.yaml", {no_draws, "regularization.gradient_clipping={type: norm, value: 0.5}"}},
      Case{"tests/recipes/transformer.yaml", {no_draws}},
      Case{"tests/recipes/gradient_checkpointing.yaml",
           {no_draws, "architecture.drop_path=0", "trainer.micro_batch_size=8"}},
      Case{"tests/recipes/vit.yaml", no_draws_of_vit},
      Case{"tests/recipes/half_precision.yaml",
           {"architecture={type: mlp, widths: [32, 16, 8], dropout: 0}", "hardware.precision=32"}});
  INFO(one.recipe);
  require_same(test::run_ranks(
      2, [&](Group& group) { return compare_with_one(group, one.recipe, one.overrides, held, one.weights); }));
}

TEST_CASE("two pairs of processes share batches, and each pair holds a network") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const Case one =
      GENERATE(Case{"tests/recipes/transformer.yaml", {no_draws}}, Case{"tests/recipes/vit.yaml", no_draws_of_vit});
  INFO(one.recipe);
  require_same(test::run_ranks(
      4, [&](Group& group) { return compare_with_one(group, one.recipe, one.overrides, held, one.weights); }));
}

TEST_CASE("weights of which each process has a run of numbers make the losses, weights and memory of one process") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const std::string strategy = GENERATE(std::string("zero2"), std::string("fsdp"));
  const Case one = GENERATE(
      Case{"tests/recipes/transformer.yaml",
           {no_draws, "regularization.gradient_clipping={type: norm, value: 0.5}", "regularization.l2=0.01"}},
      Case{"tests/recipes/gradient_checkpointing.yaml", {no_draws, "architecture.drop_path=0"}},
      Case{"tests/recipes/gradient_checkpointing.yaml",
           {no_draws, "architecture.drop_path=0", "trainer.gradient_checkpointing=[]", "trainer.micro_batch_size=8"}},
      Case{"tests/recipes/half_precision.yaml",
           {"hardware.precision=32", "architecture.blocks=[{channels: 8}, {channels: 9}]",
            "hardware.sync_batchnorm=true"},
           1e-3},
      Case{"tests/recipes/vit.yaml", no_draws_of_vit}, Case{"tests/recipes/gru.yaml", {no_draws}});
  const int64_t processes = GENERATE(2, 3);
  INFO(one.recipe << " " << strategy);
  require_same(test::run_ranks(processes, [&](Group& group) {
    return compare_with_one(group, one.recipe, one.overrides, "strategy=" + strategy, one.weights);
  }));
}

TEST_CASE("networks whose layers several processes have make the losses, weights and memory of one process") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const Case one = GENERATE(
      Case{"tests/recipes/transformer.yaml",
           {no_draws, "regularization.gradient_clipping={type: norm, value: 0.5}", "regularization.l2=0.01"}},
      Case{"tests/recipes/transformer.yaml", {no_draws, "trainer.micro_batch_size=4", "architecture.pool=cls"}},
      Case{"tests/recipes/gradient_checkpointing.yaml",
           {no_draws, "architecture.drop_path=0", "trainer.micro_batch_size=4"}},
      Case{"tests/recipes/vit.yaml",
           {no_draws, "architecture.attention_dropout=0", "architecture.drop_path=0", "trainer.micro_batch_size=4"}},
      Case{"tests/recipes/half_precision.yaml",
           {"architecture={type: mlp, widths: [32, 16, 8], dropout: 0, norm: layer}", "hardware.precision=32",
            "trainer.gradient_accumulation_steps=2"}});
  INFO(one.recipe);
  require_same(test::run_ranks(
      2, [&](Group& group) { return compare_with_one(group, one.recipe, one.overrides, staged, one.weights); }));
}

TEST_CASE("four processes have a layer each, or two pairs of two share batches") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const auto [way, strategy] = GENERATE(table<std::string, std::string>({{"pipeline_parallel_degree=4", "ddp"},
                                                                         {"pipeline_parallel_degree=2", "ddp"},
                                                                         {"pipeline_parallel_degree=2", "zero1"}}));
  const std::vector<std::string> overrides = {no_draws,
                                              "architecture.layers=4",
                                              "architecture.drop_path=0",
                                              "trainer.gradient_checkpointing=[]",
                                              "trainer.micro_batch_size=4",
                                              "hardware.strategy=" + strategy};
  require_same(test::run_ranks(4, [&, way = way](Group& group) {
    return compare_with_one(group, "tests/recipes/gradient_checkpointing.yaml", overrides, way, 1e-5);
  }));
}

TEST_CASE("two pairs share the batches of a vision transformer, of which each process has some blocks") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  std::vector<std::string> overrides = no_draws_of_vit;
  overrides.insert(overrides.end(), {"architecture.layers=3", "trainer.micro_batch_size=4"});
  require_same(test::run_ranks(
      4, [&](Group& group) { return compare_with_one(group, "tests/recipes/vit.yaml", overrides, staged, 1e-5); }));
}

TEST_CASE("layers that do not learn pass the way back by") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const std::vector<std::string> overrides = {no_draws, R"(architecture.freeze=["^embedding", "^encoder.layers.0"])"};
  require_same(test::run_ranks(2, [&](Group& group) {
    return compare_with_one(group, "tests/recipes/transformer.yaml", overrides, staged, 1e-5);
  }));
}

TEST_CASE("a stage has only the weights of its layers") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  const std::vector<test::Ended> ranks = test::run_ranks(2, [&](Group& group) {
    Recipe recipe;
    read_file("tests/recipes/transformer.yaml", {{"hardware." + staged}}, recipe);
    Experiment experiment = build(recipe, {});
    experiment.join(borrowed(group));
    std::string said;
    for (const NamedTensor& parameter : experiment.all->parameters())
      if (parameter.name.ends_with("linear1.weight"))
        said += parameter.name + " " + std::to_string(parameter.tensor->numel()) + "\n";
    return said;
  });
  INFO(ranks[0].said << ranks[1].said);
  // The first process tells what the network answers: it has the last layers.
  REQUIRE(ranks[0].said.find("layers.0.linear1.weight 0\n") != std::string::npos);
  REQUIRE(ranks[0].said.find("layers.1.linear1.weight 0\n") == std::string::npos);
  REQUIRE(ranks[1].said.find("layers.0.linear1.weight 0\n") == std::string::npos);
  REQUIRE(ranks[1].said.find("layers.1.linear1.weight 0\n") != std::string::npos);
}

TEST_CASE("what is drawn between the layers of a pair is drawn for each part, and the rest alike") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  test::find_data();
  require_same(test::run_ranks(2, [&](Group& group) {
    set_log_verbosity(-2);
    Recipe recipe;
    read_file("tests/recipes/transformer.yaml",
              {{"hardware.threads=1", "hardware.tensor_parallel_degree=2", "architecture.dropout=0.5"}}, recipe);
    const Trained trained = train(recipe, borrowed(group));
    std::string said;
    for (const double loss : trained.losses) said += std::to_string(loss) + " ";
    return said;
  }));
}

TEST_CASE("a parameter's parts are whole numbers of units, and make it whole again") {
  const at::Tensor whole = at::arange(48, at::kFloat).view({12, 4});
  for (const auto& [dim, blocks] : {std::pair<int64_t, int64_t>{0, 3}, {0, 1}, {-1, 1}, {1, 2}}) {
    std::vector<at::Tensor> parts;
    for (int64_t rank = 0; rank < 2; ++rank) parts.push_back(part_of(whole, dim, blocks, rank, 2));
    CHECK(whole_of(parts, dim, blocks).equal(whole));
  }
  // Rows 0 to 3 are queries, 4 to 7 keys, 8 to 11 values: the second of two processes has the last two of each.
  CHECK(part_of(whole, 0, 3, 1, 2).select(1, 0).equal(at::tensor({8.F, 12.F, 24.F, 28.F, 40.F, 44.F})));
}

TEST_CASE("shards of a weight are equally long and make it whole again") {
  const at::Tensor whole = at::arange(35, at::kFloat).view({5, 7});
  for (const int64_t size : {2, 3, 40}) {
    std::vector<at::Tensor> shards;
    for (int64_t rank = 0; rank < size; ++rank) shards.push_back(shard_of(whole, rank, size));
    CHECK(shards.back().numel() == (35 + size - 1) / size);
    CHECK(unsharded(at::cat(shards), whole.sizes()).equal(whole));
  }
}

TEST_CASE("shards of a filter are counted as it lies in memory, and it lies there so when it is whole again") {
  const at::Tensor whole = at::arange(2 * 3 * 2 * 2, at::kFloat).view({2, 3, 2, 2});
  std::vector<at::Tensor> shards;
  for (int64_t rank = 0; rank < 5; ++rank) shards.push_back(shard_of(whole, rank, 5, true));
  CHECK(shards[0].equal(at::tensor({0.F, 4.F, 8.F, 1.F, 5.F})));  // pixel by pixel, its three channels
  const at::Tensor again = unsharded(at::cat(shards), whole.sizes(), true);
  CHECK(again.equal(whole));
  CHECK(again.is_contiguous(at::MemoryFormat::ChannelsLast));
  // Of other weights there is one order.
  CHECK(shard_of(whole.view({6, 4}), 0, 5, true).equal(shard_of(whole, 0, 5)));
}

TEST_CASE("what cannot be held in parts is refused with its key") {
  test::find_data();
  CHECK(refused({}) == "accepted");
  CHECK(refused({"hardware.tensor_parallel_degree=3"}).find("must divide the 4 heads of the network, got 3") !=
        std::string::npos);
  CHECK(refused({"architecture={type: lstm, hidden_size: 8}"})
            .find("lstm of this recipe's settings is not held in parts") != std::string::npos);
  CHECK(refused({"architecture.dim_feedforward=33"})
            .find("must divide the 33 units of encoder.layers.0.linear1.weight") != std::string::npos);
  CHECK(refused({"optimizer={type: lamb, lr: 1e-3}"}).find("optimizer.type (lamb) looks at whole weights") !=
        std::string::npos);
  CHECK(refused({"regularization.max_norm={value: 2}"}).find("regularization.max_norm looks at whole weights") !=
        std::string::npos);
  CHECK(refused({"hardware.tensor_parallel_degree=1", "hardware.strategy=fsdp", "optimizer={type: lamb, lr: 1e-3}"})
            .find("hardware.strategy: optimizer.type (lamb) looks at whole weights") != std::string::npos);
  CHECK(refused({"hardware.strategy=fsdp"}).find("not both") != std::string::npos);
  CHECK(refused({"logging.tensorboard=true", "logging.histograms=true"}).find("logging.histograms") !=
        std::string::npos);
  const std::string none = "hardware.tensor_parallel_degree=1", staged_too = "hardware." + staged;
  CHECK(refused({none, staged_too}) == "accepted");
  CHECK(refused({staged_too}).find("by its layers, or by hardware.tensor_parallel_degree, not both") !=
        std::string::npos);
  CHECK(refused({none, staged_too, "hardware.strategy=fsdp"}).find("or by hardware.strategy=fsdp, not both") !=
        std::string::npos);
  CHECK(refused({none, "hardware.pipeline_parallel_degree=7"}).find("each process needs one, got 7") !=
        std::string::npos);
  CHECK(refused({none, staged_too, "architecture={type: lstm, hidden_size: 8}"})
            .find("a network lstm has no layers that follow each other alone") != std::string::npos);
  CHECK(refused({none, staged_too, R"(trainer.gradient_checkpointing=["^encoder$"])"})
            .find("computes encoder again, of which a process has some layers") != std::string::npos);
  CHECK(refused({none, staged_too, R"(trainer.gradient_checkpointing=["^encoder.layers.1$"])"}) == "accepted");
  CHECK(refused({"hardware.devices=3"}).find("must divide the number of processes") != std::string::npos);
}

}  // namespace dlrun::parted_network_test
