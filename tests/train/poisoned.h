// What tests of steps that are not finite share: a small table, samples of it that are spoilt, and runs on it.

#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "train/training.h"

namespace dlrun::test {

constexpr int64_t table_samples = 400, table_batch = 8, table_every = 7, table_seed = 5;

// 400 rows of three numbers and a class, and a recipe of fifty steps with everything that has state.
struct Table {
  TempDir temp;
  std::string recipe;

  Table() {
    Random random(1, 0);
    std::string rows = "a,b,c,class\n";
    for (int64_t i = 0; i < table_samples; ++i) {
      const double x = random.normal(), y = random.normal();
      rows += std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(random.normal()) + "," +
              (x + y > 0 ? "up" : "down") + "\n";
    }
    const std::string path = temp.write("table.csv", rows);
    recipe = "version: 1\nname: table\ntask: classification\nseed: " + std::to_string(table_seed) +
             "\ndata: {type: csv, path: " + path + ", target: class}\n" +
             "architecture: {type: mlp, widths: [8], norm: batch, dropout: 0.2}\n"
             "optimizer: {type: adamw, lr: 0.01}\n"
             "regularization: {ema: {decay: 0.9}}\n"
             "trainer: {max_steps: 50, batch_size: 8}\n"
             "checkpoint: {every_n_steps: 7, every_n_epochs: 100, monitor: \"\", save_top_k: 0}\n"
             "logging: {every_n_steps: 5}\n"
             "hardware: {threads: 1}\n";
  }
};

// Samples whose first number is replaced.
struct Poisoned final : Split {
  std::shared_ptr<Split> healthy;
  std::vector<int64_t> samples;
  float value = std::numeric_limits<float>::quiet_NaN();

  int64_t size() const override { return healthy->size(); }
  std::string describe(int64_t index) const override { return healthy->describe(index); }
  Batch gather(std::span<const int64_t> indices) const override {
    Batch batch = healthy->gather(indices);
    for (size_t row = 0; row < indices.size(); ++row) {
      if (std::find(samples.begin(), samples.end(), indices[row]) == samples.end()) continue;
      if (!batch["input"].is_floating_point()) batch.set("input", batch["input"].to(at::kFloat));  // pictures: bytes
      batch["input"][static_cast<int64_t>(row)][0] = value;
    }
    return batch;
  }
};

inline std::function<void(Experiment&)> poison(std::vector<int64_t> samples,
                                               float value = std::numeric_limits<float>::quiet_NaN()) {
  return [=](Experiment& experiment) {
    auto split = std::make_shared<Poisoned>();
    split->healthy = experiment.splits.train;
    split->samples = samples;
    split->value = value;
    experiment.splits.train = split;
  };
}

// The sample in this row of the batch of this step (from 1) of the first epoch.
inline int64_t sample_of(int64_t step, int64_t row) {
  return permutation(table_samples, table_seed, 0)[static_cast<size_t>((step - 1) * table_batch + row)];
}

inline std::string max_steps(int64_t steps) { return "trainer.max_steps=" + std::to_string(steps); }

// The state of an undisturbed run after so many steps.
inline TensorList state_after(const Table& table, int64_t steps) {
  Training training(table.recipe, table.temp / "healthy", {{max_steps(steps)}, {}, {}});
  REQUIRE(training.trainer->run() == Ending::complete);
  return training.state();
}

inline std::string stopped(Training& training) {
  try {
    training.trainer->run();
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::diverged);
    return error.what();
  }
  FAIL("it did not stop");
  return "";
}

}  // namespace dlrun::test
