// Which checkpoint "best" means, and what it is called.

#include "experiment/restored.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support.h"

namespace dlrun::restored_test {

namespace {

Recipe keeping(const std::string& monitor, int64_t save_top_k) {
  Recipe recipe;
  recipe.checkpoint.monitor = monitor;
  recipe.checkpoint.mode = "max";
  recipe.checkpoint.save_top_k = save_top_k;
  return recipe;
}

}  // namespace

TEST_CASE("the word best is kept for a checkpoint that is the best") {
  const test::TempDir dir;
  CheckpointStore store(dir / "checkpoints");
  store.recover();
  const State state{{{"w", at::ones({1})}}};
  store.save(10, state, Score{"val/accuracy", 0.9, 0.3});
  store.save(20, state, Score{"val/accuracy", 0.8, 0.2});
  const auto found = [&](const std::string& which, const Recipe& recipe) {
    const FoundCheckpoint one = find_checkpoint(store, which, recipe);
    return one.word + " " + std::to_string(one.checkpoint.step);
  };
  CHECK(found("best", keeping("val/accuracy", 1)) == "best 10");
  CHECK(found("last", keeping("val/accuracy", 1)) == "last 20");
  CHECK(found("10", keeping("val/accuracy", 1)) == "10 10");
  // Its number is there, but the recipe keeps no checkpoint for it.
  CHECK(found("best", keeping("val/accuracy", 0)) == "last 20");
  CHECK(found("best", keeping("", 3)) == "last 20");
  // Nothing was measured under that name.
  CHECK(found("best", keeping("val/loss", 1)) == "last 20");
}

}  // namespace dlrun::restored_test
