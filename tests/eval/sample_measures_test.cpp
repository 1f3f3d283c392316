// Intervals and groups against closed forms and numpy.

#include "eval/sample_measures.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "spec/read.h"

namespace dlrun::sample_measures_test {
namespace {

struct MeasuredHolder final : Params {
  ChoiceList<Metric> metrics;
  std::vector<Field> fields() override { return {field("metrics", metrics, "Under test.")}; }
  explicit MeasuredHolder(const std::string& list) { read_text("metrics: " + list + "\n", "test.yaml", {}, *this); }
};

// 200 samples of two classes in batches of 64, of which 150 are right; scores that no two share.
SampleMeasures measured(const ChoiceList<Metric>& metrics, std::vector<size_t> which) {
  SampleMeasures measures(metrics, std::move(which));
  const at::Tensor target = at::arange(200, at::kLong).remainder(2);
  const at::Tensor right = at::arange(200, at::kLong).remainder(4).ne(0);
  const at::Tensor score = at::where(right.eq(target.eq(1)), 1.0, -1.0) * (1 + at::arange(200, at::kDouble) / 1000);
  for (int64_t first = 0; first < 200; first += 64) {
    const int64_t size = std::min<int64_t>(64, 200 - first);
    Outcome outcome;
    outcome.answer = answer_of(score.narrow(0, first, size).unsqueeze(1));
    outcome.truth = truth_of(target.narrow(0, first, size));
    for (int64_t i = first; i < first + size; ++i) outcome.truth.ids.push_back(1000 + i);
    measures.add(outcome);
  }
  return measures;
}

TEST_CASE("the interval of a share is that of its normal approximation, and the same for a seed") {
  const MeasuredHolder holder("[accuracy]");
  const SampleMeasures measures = measured(holder.metrics, {0});
  CHECK(measures.size() == 200);
  const Interval interval = measures.interval(0, 2000, 7);
  const double deviation = std::sqrt(0.75 * 0.25 / 200);
  CHECK(interval.low == Approx(0.75 - 1.96 * deviation).margin(0.01));
  CHECK(interval.high == Approx(0.75 + 1.96 * deviation).margin(0.01));
  const Interval again = measures.interval(0, 2000, 7);
  CHECK(again.low == interval.low);
  CHECK(again.high == interval.high);
}

TEST_CASE("metrics of sums and of rows give the numbers of any samples") {
  const MeasuredHolder holder("[accuracy, roc_auc, confusion_matrix]");
  const SampleMeasures measures = measured(holder.metrics, {0, 1});
  std::vector<int64_t> all(200), wrong;
  for (int64_t i = 0; i < 200; ++i) all[static_cast<size_t>(i)] = i;
  for (int64_t i = 0; i < 200; i += 4) wrong.push_back(i);
  CHECK(measures.of(0, all).at(0).second == Approx(0.75));
  CHECK(measures.of(0, wrong).at(0).second == 0.0);
  CHECK(measures.of(0, {1, 1, 0}).at(0).second == Approx(2.0 / 3));
  CHECK(measures.of(1, {0, 1}).at(0).second == 0.5 + 0.5 * (1.001 > 1.0));
  CHECK(std::isnan(measures.of(1, {1, 3}).at(0).second));  // one class alone
  CHECK(measures.ids().at(199) == 1199);
  const Interval interval = measures.interval(1, 200, 0);
  CHECK(interval.low < measures.of(1, all).at(0).second);
  CHECK(interval.high > measures.of(1, all).at(0).second);
  CHECK(measures.interval(1, 200, 1).low != interval.low);
}

}  // namespace
}  // namespace dlrun::sample_measures_test
