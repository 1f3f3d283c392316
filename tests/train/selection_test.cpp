// Which checkpoint is best, and when training stops.

#include "train/selection.h"

#include <catch2/catch.hpp>
#include <limits>

namespace dlrun::selection_test {
namespace {

TEST_CASE("the k best steps are kept; of equals the one with the lower loss, then the later one") {
  BestSteps best(2, /*higher=*/true);
  CHECK(best.offer(10, 0.5));
  CHECK(best.offer(20, 0.7));
  CHECK(best.offer(30, 0.5));
  CHECK(best.steps() == std::vector<int64_t>{20, 30});
  CHECK(best.offer(40, 0.6));
  CHECK(best.steps() == std::vector<int64_t>{20, 40});
  CHECK_FALSE(best.offer(50, std::numeric_limits<double>::quiet_NaN()));
  BestSteps lower(1, /*higher=*/false);
  CHECK(lower.offer(1, 2.0));
  CHECK(lower.offer(2, 2.0));
  CHECK(lower.offer(3, 1.9));
  CHECK(lower.best()->first == 3);
  BestSteps restored(1, false);
  restored.load(lower.save());
  CHECK(restored.steps() == lower.steps());
}

// An accuracy on few samples reaches its best value many times; what tells them apart is how sure the network is.
TEST_CASE("a network at its best accuracy goes on getting better, and one that gets worse does not replace it") {
  BestSteps best(1, /*higher=*/true);
  CHECK(best.offer(1, 0.9, 0.69));
  CHECK(best.offer(2, 0.9, 0.4));
  CHECK_FALSE(best.offer(3, 0.9, 0.5));
  CHECK(best.steps() == std::vector<int64_t>{2});
  CHECK(best.offer(4, 0.9, 0.4));  // The same to the last bit: the later one.
  CHECK_FALSE(best.offer(5, 0.9));
  CHECK_FALSE(best.offer(6, 0.9, std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(best.offer(7, 0.8, 0.1));
  BestSteps resumed(1, true);
  resumed.load(nlohmann::json::parse(best.save().dump()));
  CHECK_FALSE(resumed.offer(8, 0.9, 0.41));
  CHECK(resumed.offer(9, 0.9, 0.39));
  BestSteps earlier(1, true);
  earlier.load({{10, 0.5}});  // as versions without a loss kept it
  CHECK(earlier.steps() == std::vector<int64_t>{10});
  CHECK(earlier.offer(11, 0.5, 0.7));
}

TEST_CASE("nothing is best where no best checkpoint is kept") {
  BestSteps none(0, true);
  CHECK_FALSE(none.offer(1, 0.5, 0.1));
  CHECK_FALSE(none.best());
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
}  // namespace dlrun::selection_test
