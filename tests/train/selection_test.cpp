// Which checkpoint is best, and when training stops.

#include "train/selection.h"

#include <catch2/catch.hpp>
#include <limits>

namespace dlrun {
namespace {

TEST_CASE("the k best steps are kept, ties go to the earlier") {
  BestSteps best(2, /*higher=*/true);
  CHECK(best.offer(10, 0.5));
  CHECK(best.offer(20, 0.7));
  CHECK_FALSE(best.offer(30, 0.5));
  CHECK(best.offer(40, 0.6));
  CHECK(best.steps() == std::vector<int64_t>{20, 40});
  CHECK_FALSE(best.offer(50, std::numeric_limits<double>::quiet_NaN()));
  BestSteps lower(1, /*higher=*/false);
  CHECK(lower.offer(1, 2.0));
  CHECK_FALSE(lower.offer(2, 2.0));
  CHECK(lower.offer(3, 1.9));
  CHECK(lower.best()->first == 3);
  BestSteps restored(1, false);
  restored.load(lower.save());
  CHECK(restored.steps() == lower.steps());
}

TEST_CASE("patience runs out after so many validations without improvement") {
  EarlyStopping settings;
  settings.patience = 2;
  settings.min_delta = 0.1;
  Patience patience(settings, /*higher=*/false);
  patience.offer(1.0);
  patience.offer(0.95);  // Less than min_delta better.
  CHECK_FALSE(patience.exhausted());
  patience.offer(0.8);
  patience.offer(0.8);
  Patience resumed(settings, false);
  resumed.load(patience.save());
  CHECK_FALSE(resumed.exhausted());
  resumed.offer(0.9);
  CHECK(resumed.exhausted());
}

TEST_CASE("the direction of a monitored number follows its metric") {
  ChoiceList<Metric> none;
  CHECK_FALSE(higher_is_better("val/loss", "auto", none));
  CHECK(higher_is_better("val/loss", "max", none));
}

}  // namespace
}  // namespace dlrun
