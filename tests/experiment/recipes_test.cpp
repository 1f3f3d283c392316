// Every recipe: it reads, builds, trains two steps on data of its shape, every weight learns, and a
// checkpoint taken in between continues to the same bits.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "data/whole_batches.h"
#include "recipes.h"
#include "spec/read.h"
#include "spec/write.h"
#include "train/training.h"

namespace dlrun::recipes_test {
namespace {

const std::vector<std::string> kShort = {"trainer.epochs=null",         "trainer.max_steps=2",
                                         "trainer.limit_val_batches=1", "hardware.threads=1",
                                         "checkpoint.every_n_steps=1",  "checkpoint.save_top_k=5",
                                         "logging.every_n_steps=1",     "trainer.validate_every_n_steps=1"};

TEST_CASE("recipes are found") {
  CHECK(test::recipe_files().size() >= 20);
  CHECK(test::small_recipe_files().size() >= 10);
}

TEST_CASE("every recipe reads, and what is written of it reads as the same recipe", "[each_recipe]") {
  for (const std::filesystem::path& file : test::recipes_to_try()) {
    INFO(file);
    Recipe recipe;
    read_file(file.string(), {}, recipe);
    CHECK(recipe.name == file.stem().string());
    const std::string text = write_yaml(recipe);
    Recipe again;
    read_text(text, "again.yaml", {}, again);
    CHECK(write_yaml(again) == text);
  }
}

TEST_CASE("every recipe trains two steps, every weight gets a finite gradient, and resuming gives the same bits",
          "[each_recipe]") {
  for (const std::filesystem::path& file : test::recipes_to_try()) {
    INFO(file);
    const test::TempDir temp;
    std::vector<std::string> overrides = kShort;
    Recipe recipe;
    read_file(file.string(), {}, recipe);
    resolve(recipe);
    if (!makes_whole_batches(*recipe.sampler))
      overrides.insert(overrides.end(), {"trainer.batch_size=4", "trainer.eval_batch_size=4"});
    // Without a monitor only the last checkpoint stays.
    if (recipe.task->default_monitor().empty())
      overrides.push_back(std::string("checkpoint.monitor=train/") +
                          (recipe.task.type == "wgan_gp" ? "critic_loss" : "generator_loss"));
    TensorList whole;
    {
      test::Training training(test::read_bytes(file), temp / "run", {overrides, {}, {}});
      REQUIRE(training.trainer->run() == Ending::complete);
      for (const NamedTensor& parameter : training.experiment->all->parameters()) {
        INFO(parameter.name);
        if (!parameter.tensor->grad().defined()) continue;  // frozen
        CHECK(at::isfinite(parameter.tensor->grad()).all().item<bool>());
        CHECK(at::isfinite(*parameter.tensor).all().item<bool>());
      }
      whole = training.state();
      REQUIRE(training.checkpoints->latest()->step == 2);
    }
    const std::string metrics = test::plain_metrics(temp / "run");
    test::Training resumed(test::read_bytes(file), temp / "run", {overrides, {}, 1});
    REQUIRE(resumed.trainer->run() == Ending::complete);
    const State state = resumed.checkpoints->load(*resumed.checkpoints->latest());
    REQUIRE(state.tensors.size() == whole.size());
    for (size_t i = 0; i < whole.size(); ++i) {
      INFO(whole[i].first);
      CHECK(at::equal(state.tensors[i].second, whole[i].second));
    }
    CHECK(test::plain_metrics(temp / "run") == metrics);
  }
}

}  // namespace
}  // namespace dlrun::recipes_test
