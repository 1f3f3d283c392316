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
  const std::vector<ExchangedBucket> buckets = exchanged_buckets(modules, 2);
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
  CHECK(exchanged_buckets({small, small}, 4).size() == 1);
  CHECK(exchanged_buckets({small, small}, 4)[0].ready == 1.0);
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
  const ScalingRow eight{"ddp", 8, 1000, scaled_step(step, {{1e6, 1.0}}, {1e9, 0}, 8, Sharding::none)};
  const ScalingRow fsdp{"fsdp", 8, 500, sharded_step(step, {4e5, 6e5}, {1e9, 0}, 8, 2)};
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
