// The largest batch that fits is the largest whose rehearsal says so.

#include "rehearsal/batch_fit.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "recipes.h"
#include "spec/read.h"

namespace dlrun::batch_fit_test {
namespace {

void read_small(Recipe& recipe, const std::vector<std::string>& overrides = {}) {
  std::filesystem::current_path(test::source_dir());
  read_file("tests/recipes/adam.yaml", {overrides}, recipe);
}

TEST_CASE("the batch that is found takes no more than the limit, and there is a larger one that does") {
  Recipe none, half, whole;
  read_small(none);
  read_small(half);
  read_small(whole);
  const BatchFit least = fit_batch(none, 1), all = fit_batch(whole, int64_t{1} << 50);
  CHECK(least.largest == 0);  // The least that would be needed is said.
  CHECK(least.least == 1);
  CHECK(all.largest == all.samples);
  CHECK(all.limit == int64_t{1} << 50);
  const int64_t limit = (least.peak + all.peak) / 2;
  const BatchFit fit = fit_batch(half, limit);
  INFO(fit.largest << " of " << fit.samples);
  CHECK(fit.peak <= limit);
  CHECK(fit.largest > all.samples / 4);
  CHECK(fit.largest < 3 * all.samples / 4);
}

TEST_CASE("a batch in parts grows by its parts") {
  Recipe recipe;
  read_small(recipe, {"trainer.gradient_accumulation_steps=4"});
  const BatchFit fit = fit_batch(recipe, int64_t{1} << 50);
  CHECK(fit.least == 4);
  CHECK(fit.largest % 4 == 0);
}

TEST_CASE("a task that makes its batches itself is refused") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file("recipes/dqn_cartpole.yaml", {}, recipe);
  CHECK_THROWS_AS(fit_batch(recipe, int64_t{1} << 40), UserError);
}

}  // namespace
}  // namespace dlrun::batch_fit_test
