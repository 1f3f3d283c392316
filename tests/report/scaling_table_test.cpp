// Steps on many devices as a table, and what its options take.

#include "report/scaling_table.h"

#include <catch2/catch.hpp>

#include "rehearsal/measured_step.h"
#include "rehearsal/stage.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::scaling_table_test {

TEST_CASE("gradients travel from the last module to the first, in buckets of at least four MiB") {
  // Trainable parameters and backward operations: 1, 8, 2 and 3 MiB of gradients.
  const auto module = [](int64_t mebibytes, int64_t backward) {
    ModuleCost cost;
    cost.trainable = mebibytes << 18;
    cost.backward = backward;
    return cost;
  };
  const std::vector<ModuleCost> modules = {module(1, 40), module(8, 30), module(2, 20), module(3, 10)};
  const ExchangedGradients gradients = exchanged_gradients(modules, 100, 2);
  const std::vector<ExchangedBucket>& buckets = gradients.buckets;
  CHECK(gradients.closing == 164);
  REQUIRE(buckets.size() == 3);
  CHECK(buckets[0].bytes == 5 << 20);
  CHECK(buckets[0].ready == Approx(0.3));
  CHECK(buckets[1].bytes == 8 << 20);
  CHECK(buckets[1].ready == Approx(0.6));
  CHECK(buckets[2].bytes == 1 << 20);
  CHECK(buckets[2].ready == 1.0);
  // So few that they travel at once, with the numbers of the step.
  ModuleCost small;
  small.trainable = 1000;
  small.backward = 1;
  CHECK(exchanged_gradients({small, small}, 0, 4).buckets.empty());
  CHECK(exchanged_gradients({small, small}, 0, 4).closing == 8064);
}

TEST_CASE("a layer that is gathered computes what follows it without weights") {
  const auto module = [](int64_t trainable, int64_t operations) {
    ModuleCost cost;
    cost.trainable = trainable;
    cost.forward = operations;
    return cost;
  };
  std::vector<ModuleCost> modules = {module(0, 1), module(3, 2), module(2, 3), module(4, 4)};
  for (size_t i = 0; i < modules.size(); ++i) modules[i].path = std::to_string(i);
  // The second has a bias besides, the third, a norm, nothing that is shared out.
  const std::vector<GatheredLayer> layers = gathered_layers(modules, {{"1", 2}, {"3", 4}});
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].gathered == 8);
  CHECK(layers[0].share == Approx(0.6));
  CHECK(layers[1].summed == 16);
  CHECK(layers[1].share == Approx(0.4));
}

TEST_CASE("a stage has its layers, and every stage what is before and behind them") {
  const auto module = [](const std::string& path, int64_t parameters, int64_t operations, int64_t kept) {
    ModuleCost cost;
    cost.path = path;
    cost.parameters = parameters;
    cost.forward = operations;
    cost.kept = kept;
    return cost;
  };
  const std::vector<ModuleCost> modules = {module("wte", 20, 0, 10),     module("h.0", 0, 5, 0),
                                           module("h.0.fc", 30, 25, 20), module("h.1", 30, 30, 20),
                                           module("h.10", 10, 20, 30),   module("head", 10, 20, 20)};
  const std::vector<StageCost> stages = stage_costs(modules, {{"h.0", "h.1"}, {"h.10"}});
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].layers == 2);
  CHECK(stages[0].weights == Approx(0.9));
  CHECK(stages[1].weights == Approx(0.4));
  CHECK(stages[0].operations == Approx(0.6));
  CHECK(stages[1].operations == Approx(0.4));
  CHECK(stages[0].kept == Approx(0.5));
  const ScalingRow row{"pipeline", 8, 1000, pipelined_step({1, 2, 0}, {2, 1, 4, 100, 0.6}, {1e9, 0}), stages, 4};
  CHECK(stage_table(row, 120).find("2 stages on 2 devices, 4 parts of a batch: each waits for 20.0 %") !=
        std::string::npos);
  const auto records = scaling_records({row}, {1e9, 0});
  REQUIRE(records.size() == 3);
  CHECK(records[2]["event"] == "stage");
  CHECK(records[2]["stage"] == 1);
  CHECK(records[2]["waiting_share"].get<double>() == Approx(0.2));
}

TEST_CASE("speeds and times are read with their units, and refused without") {
  CHECK(bytes_per_second("--link", "50GB/s") == 5e10);
  CHECK(bytes_per_second("--link", "400Gbit/s") == 5e10);
  CHECK(bytes_per_second("--link", "1.5 MiB/s") == 1.5 * 1048576);
  CHECK(seconds_of("--latency", "10us") == Approx(1e-5));
  CHECK(seconds_of("--step-time", "0.25s") == 0.25);
  for (const char* wrong : {"50", "GB/s", "-1GB/s", "0GB/s", "50Gb/s", "nanGB/s"})
    CHECK_THROWS_WITH(bytes_per_second("--link", wrong), Catch::Contains("--link: "));
  CHECK_THROWS_WITH(seconds_of("--latency", "10 min"), Catch::Contains("--latency: '10 min' has no unit"));
}

TEST_CASE("a measured step has its three parts, and more rows take longer") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file("tests/recipes/swa.yaml", {{"hardware.threads=1", "architecture.widths=[512, 512]"}}, recipe);
  const Experiment experiment = build(recipe, {});
  const DeviceStep few = measured_step(experiment, 4), many = measured_step(experiment, 1024);
  CHECK(few.forward > 0);
  CHECK(few.backward > 0);
  CHECK(few.update > 0);
  CHECK(many.forward + many.backward > few.forward + few.backward);
}

TEST_CASE("rows are told, and one device exchanges nothing") {
  const DeviceStep step{0.125, 0.25, 0};
  const ScalingRow one{"ddp", 64, 1000, scaled_step({1, 2, 0}, {}, {1, 1}, 1, Sharding::none)};
  const ScalingRow eight{"ddp", 8, 1000, scaled_step(step, {{{1e6, 1.0}}}, {1e9, 0}, 8, Sharding::none)};
  const ScalingRow fsdp{"fsdp", 8, 500,
                        sharded_step(step, {{{4e5, 4e5, 0.5}, {6e5, 6e5, 0.5}}, GatheredAgain::all, 64}, {1e7, 0}, 8)};
  const std::string text = scaling_table({one, eight, fsdp}, 120);
  CHECK(text.find("efficiency") != std::string::npos);
  CHECK(text.find("fsdp") != std::string::npos);
  const auto records = scaling_records({one, eight, fsdp}, {1e9, 2e-5});
  REQUIRE(records.size() == 3);
  CHECK(records[0]["strategy"] == "ddp");
  CHECK(records[0]["waiting_seconds"] == 0.0);
  CHECK(records[0]["latency_seconds"] == 2e-5);
  CHECK(records[1]["devices"] == 8);
  CHECK(records[2]["waiting_seconds"].get<double>() > records[1]["waiting_seconds"].get<double>());
}

}  // namespace dlrun::scaling_table_test
