// The paired bootstrap against scipy.stats.bootstrap(paired=True) and closed forms.

#include "eval/paired.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "golden.h"
#include "spec/read.h"

namespace dlrun::paired_test {
namespace {

struct Holder final : Params {
  ChoiceList<Metric> metrics;
  std::vector<Field> fields() override { return {field("metrics", metrics, "Under test.")}; }
  explicit Holder(const std::string& list) { read_text("metrics: " + list + "\n", "test.yaml", {}, *this); }
};

SampleMeasures measured(const Holder& holder, const at::Tensor& prediction, const at::Tensor& target) {
  SampleMeasures measures(holder.metrics, {0});
  Outcome outcome;
  outcome.answer = answer_of(prediction);
  outcome.truth = truth_of(target);
  for (int64_t i = 0; i < target.size(0); ++i) outcome.truth.ids.push_back(i);
  measures.add(outcome);
  return measures;
}

std::vector<int64_t> places(int64_t count) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}

// The formulas of tests/golden/paired.py: a target, and two predictions of which the second is nearer.
struct Samples {
  at::Tensor target, first, second;
};
Samples samples_of(int64_t count) {
  const at::Tensor i = at::arange(count, at::kDouble);
  const at::Tensor target = (i * i).remainder(101).unsqueeze(1) / 10;
  const at::Tensor shared = at::sin(i * 1.7).unsqueeze(1), own = at::cos(i * i * 0.3).unsqueeze(1);
  return {target, target + shared, target + 0.93 * shared + 0.2 * own};
}

TEST_CASE("the interval of a difference is scipy's, within what draws differ by") {
  const nlohmann::json golden = read_golden("paired");
  for (const auto& [name, expected] : golden.items()) {
    INFO(name);
    const Samples samples = samples_of(expected["samples"]);
    const Holder holder("[" + std::string(expected["metric"]) + "]");
    const SampleMeasures first = measured(holder, samples.first, samples.target);
    const SampleMeasures second = measured(holder, samples.second, samples.target);
    const std::vector<int64_t> all = places(samples.target.size(0));
    const PairedDifference found =
        paired_difference(first.of(0, all).front().second, second.of(0, all).front().second,
                          first.redrawn(0, all, 4000, 3), second.redrawn(0, all, 4000, 3), /*higher_is_better=*/false);
    CHECK(found.first == Approx(double(expected["first"])).epsilon(1e-9));
    CHECK(found.difference == Approx(double(expected["difference"])).epsilon(1e-9));
    // The golden interval has 100,000 draws; an end of one with 4,000 deviates by some hundredths of the deviation.
    const double margin = 0.12 * double(expected["standard_error"]);
    CHECK(found.interval.low == Approx(double(expected["low"])).margin(margin));
    CHECK(found.interval.high == Approx(double(expected["high"])).margin(margin));
    CHECK(found.second_better == Approx(double(expected["second_better"])).margin(0.03));
    CHECK(found.more_than_noise == bool(expected["more_than_noise"]));
  }
}

TEST_CASE("draws of two runs are pairs: where both are wrong alike nothing is left of the difference") {
  const Samples samples = samples_of(50);
  const Holder holder("[mae]");
  const SampleMeasures one = measured(holder, samples.first, samples.target), same = one;
  const std::vector<int64_t> all = places(50);
  const PairedDifference found =
      paired_difference(1.0, 1.0, one.redrawn(0, all, 200, 0), same.redrawn(0, all, 200, 0), false);
  CHECK(found.interval.low == 0.0);
  CHECK(found.interval.high == 0.0);
  CHECK(found.second_better == 0.5);
  CHECK_FALSE(found.more_than_noise);
  CHECK(one.redrawn(0, all, 200, 0) == one.redrawn(0, all, 200, 0));
  CHECK(one.redrawn(0, all, 200, 0) != one.redrawn(0, all, 200, 1));
}

TEST_CASE("pairs where one draw gives no number do not count") {
  const double none = std::nan("");
  const PairedDifference found = paired_difference(0.5, 0.6, {0.5, none, 0.5, 0.5}, {0.6, 0.9, none, 0.4}, true);
  CHECK(found.second_better == 0.5);
  CHECK(found.interval.high < 0.11);
  const PairedDifference nothing = paired_difference(0.5, 0.6, {none}, {none}, true);
  CHECK(std::isnan(nothing.second_better));
  CHECK_FALSE(nothing.more_than_noise);
}

TEST_CASE("samples are paired by name, and names that a list has twice belong to nobody") {
  const Pairs pairs = pair_by_name({"a", "b", "c", "b", "d"}, {"d", "c", "e", "b"});
  CHECK(pairs.first == std::vector<int64_t>{2, 4});
  CHECK(pairs.second == std::vector<int64_t>{1, 0});
  CHECK(pairs.first_beginning.empty());
  const Pairs moved =
      pair_by_name({"old/t.csv line 10", "old/t.csv line 11"}, {"new/t.csv line 11", "new/t.csv line 12"});
  CHECK(moved.first == std::vector<int64_t>{1});
  CHECK(moved.second == std::vector<int64_t>{0});
  CHECK(moved.first_beginning == "old/t.csv line ");
  CHECK(pair_by_name({"a"}, {}).first.empty());
}

}  // namespace
}  // namespace dlrun::paired_test
