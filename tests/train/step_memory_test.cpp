// The predicted memory of a training step beside what its tensors really take, counted by the allocator.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "data/whole_batches.h"
#include "optim/schedule.h"
#include "recipes.h"
#include "rehearsal/rehearsal.h"
#include "tensor/memory_count.h"
#include "train/training.h"

namespace dlrun::step_memory_test {

namespace {

// Asked for the learning rate once a step: the first two are looked at.
struct Probe final : Schedule {
  mutable std::optional<MemoryCount> count;
  mutable int64_t peak = 0;
  Setting after_warmup(double base, const Course& course) const override {
    if (course.step == 0) count->restart_peak();
    if (course.step == 2) peak = count->peak();
    return {.lr = base};
  }
};

int64_t counted(const std::string& text, const std::vector<std::string>& overrides) {
  const test::TempDir temp;
  const auto probe = std::make_shared<Probe>();
  test::TrainingOptions options;
  options.overrides = overrides;
  options.prepare = [&](Experiment& experiment) {
    experiment.recipe.lr_scheduler.value = probe;
    probe->count.emplace();
  };
  test::Training training(text, temp / "run", options);
  training.trainer->run();
  probe->count.reset();
  return probe->peak;
}

// What a count that begins after the network is built should find.
int64_t predicted(const std::string& text, const std::vector<std::string>& overrides, bool weights) {
  Recipe recipe;
  read_text(text, "test.yaml", {overrides}, recipe);
  BuildOptions options;
  options.weights = weights;
  const Experiment experiment = build(recipe, options);
  const int64_t rows = std::min(recipe.trainer.batch_size, experiment.splits.train->size());
  const StepCost cost = rehearse(experiment, {.batch_size = rows, .repeat = 2}).cost;
  return cost.tensors - (cost.weights - cost.gradients);
}

std::vector<std::string> short_run(int64_t batch_size) {
  return {"trainer.batch_size=" + std::to_string(batch_size),
          "trainer.eval_batch_size=16",
          "trainer.limit_val_batches=1",
          "trainer.max_steps=3",
          "trainer.epochs=null",
          "diagnosis.every_n_steps=0",
          "hardware.threads=1",
          "hardware.loader_threads=0"};
}

// Steps whose tensors are not foreseen to a thousandth. Sequences of unequal lengths are rehearsed on the first few of
// them (gru_japanesevowels 13 %, lstm_sst2 3 %, lstm_wnut17 0.4 % too high); window_protein_structure is 31 % too low,
// gru_mnist1d 1.4 % on meta. lbfgs copies weights and gradients while it searches along a line, which a rehearsal does
// not (6 %). In mixed precision the rehearsal on meta converts by the lists of GPUs (half_precision 29 % too low on a
// CPU). Of strided convolutions along a series oneDNN chooses between ways that copy differently (cnn1d_mnist1d 4 %),
// and of dilated ones without AVX-512 (tcn 4.5 % too high with ONEDNN_MAX_CPU_ISA=AVX2). Muon computes in bfloat16,
// which processors without it convert (18 % too low with AVX512_CORE); otherwise the cause is not known of muon (8.5
// %), nor of mean_teacher (7.7 %), nor of dcgan (4.2 % too low, with batch norms too).
const std::map<std::string, double> roughly = {{"cnn1d_mnist1d", 0.05},
                                               {"dcgan", 0.05},
                                               {"gru_japanesevowels", 0.2},
                                               {"gru_mnist1d", 0.02},
                                               {"half_precision", 0.35},
                                               {"lbfgs", 0.1},
                                               {"lstm_sst2", 0.05},
                                               {"lstm_wnut17", 0.01},
                                               {"mean_teacher", 0.1},
                                               {"muon", 0.2},
                                               {"tcn", 0.05},
                                               {"window_protein_structure", 0.4}};

// Scalars that a rehearsal does not see, of a step whose tensors are a few KiB.
constexpr double few_bytes = 4096;

TEST_CASE("the tensors of a training step take what was predicted, in every recipe", "[each_recipe]") {
  for (const std::filesystem::path& file : test::recipes_to_try()) {
    Recipe recipe;
    read_file(file.string(), {}, recipe);
    resolve(recipe);
    const bool whole = file.stem() == "gcn_cora" || makes_whole_batches(*recipe.sampler);
    std::vector<std::string> overrides = short_run(whole ? recipe.trainer.batch_size : 16);
    if (file.stem() == "wgan_gp_ring") overrides.push_back("task.critic_turns=1");  // Both players have turns.
    const std::string text = test::read_bytes(file);
    const auto real = static_cast<double>(counted(text, overrides));
    const auto meta = static_cast<double>(predicted(text, overrides, false));
    const auto with_values = static_cast<double>(predicted(text, overrides, true));
    INFO(file << ": counted " << real << ", predicted " << meta << ", rehearsed with values " << with_values);
    const auto known = roughly.find(file.stem().string());
    const double bound = known == roughly.end() ? 0.001 : known->second;
    CHECK(std::abs(meta - real) < std::max(bound * real, few_bytes));
    CHECK(std::abs(with_values - real) < std::max(bound * real, few_bytes));
  }
}

}  // namespace

// For tests/bench/memory.sh: lines "recipe batch-size override,override" in, a table out.
TEST_CASE("a table of predicted and counted tensors", "[.memory_table]") {
  const char* cases = std::getenv("DLRUN_MEMORY_CASES");
  if (!cases) return;
  test::find_data();
  std::istringstream lines(cases);
  std::printf("%-24s %6s  %9s %9s %7s\n", "tensors of a step", "batch", "predicted", "counted", "error");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, more;
    int64_t batch_size = 0;
    words >> name >> batch_size >> more;
    std::vector<std::string> overrides = short_run(batch_size);
    std::istringstream parts(more);
    for (std::string one; std::getline(parts, one, ',');) overrides.push_back(one);
    const std::string text = test::read_bytes("recipes/" + name + ".yaml");
    const auto real = static_cast<double>(counted(text, overrides));
    const auto meta = static_cast<double>(predicted(text, overrides, false));
    std::printf("%-24s %6ld  %5.1f MiB %5.1f MiB %+6.1f%%\n", name.c_str(), static_cast<long>(batch_size),
                meta / (1 << 20), real / (1 << 20), 100 * (meta / real - 1));
    std::fflush(stdout);
    CHECK(real > 0);
  }
}

}  // namespace dlrun::step_memory_test
