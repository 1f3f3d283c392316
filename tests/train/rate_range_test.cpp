// The learning-rate range test: what a curve says, and that a sweep ends where the loss breaks out.

#include "train/rate_range.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "spec/read.h"
#include "train/poisoned.h"

namespace dlrun::rate_range_test {
namespace {

// A curve whose points are one step of the rate's logarithm apart.
RateRange curve(const std::vector<double>& losses) {
  RateRange range;
  for (size_t i = 0; i < losses.size(); ++i)
    range.points.push_back({1e-5 * std::pow(10.0, static_cast<double>(i) / 5), losses[i], losses[i]});
  read_curve(range);
  return range;
}

TEST_CASE("the proposed rate is a tenth of the one where the loss is lowest") {
  std::vector<double> losses(14, 2.0);
  for (const double loss : {1.9, 1.5, 1.0, 0.8, 0.7, 0.9, 2.5}) losses.push_back(loss);
  const RateRange range = curve(losses);
  REQUIRE(range.lowest);
  CHECK(*range.lowest == 18);
  CHECK(*range.steepest == 16);
  CHECK(range.proposed().value() == Approx(range.points[18].rate / 10));
}

TEST_CASE("a loss that never falls proposes nothing, nor does a sweep of a few steps") {
  CHECK_FALSE(curve(std::vector<double>(30, 1.0)).proposed());
  std::vector<double> rising;
  for (int i = 0; i < 30; ++i) rising.push_back(1.0 + i);
  CHECK_FALSE(curve(rising).proposed());
  CHECK_FALSE(curve({3, 2, 1}).proposed());
  CHECK_FALSE(curve({}).proposed());
}

RateRange sweep(const std::vector<std::string>& overrides, const std::function<void(Experiment&)>& change = nullptr) {
  const test::Table table;
  Recipe recipe;
  read_text(table.recipe, "test.yaml", {overrides}, recipe);
  resolve(recipe);
  Experiment experiment = build(recipe, {});
  if (change) change(experiment);
  return test_rates(experiment, {});
}

TEST_CASE("rates rise evenly, a sweep ends where the loss breaks out, and the proposed rate learns") {
  const RateRange range = sweep({"optimizer={type: sgd, momentum: 0.9}", "architecture.norm=none"});
  CHECK(range.broke_out);
  REQUIRE(range.points.size() > 40);
  CHECK(range.points.front().rate == Approx(1e-7));
  CHECK(range.points[2].rate / range.points[1].rate == Approx(range.points[1].rate / range.points[0].rate));
  REQUIRE(range.proposed());
  CHECK(*range.proposed() > 1e-4);
  CHECK(*range.proposed() < 1.0);
  CHECK(*range.proposed() * 10 <= range.points.back().rate);
}

TEST_CASE("a sweep ends with a loss that is not finite, and has no point where the first one is not") {
  CHECK(sweep({}, test::poison({test::sample_of(1, 0)})).points.empty());
  const RateRange later = sweep({}, test::poison({test::sample_of(20, 0)}));
  CHECK(later.broke_out);
  CHECK(later.points.size() == 19);
}

TEST_CASE("the picture of a curve stands alone and shows what was found") {
  std::vector<double> losses(14, 2.0);
  for (const double loss : {1.9, 1.5, 1.0, 0.8, 0.7, 0.9, 2.5}) losses.push_back(loss);
  const std::string svg = rate_range_svg(curve(losses), "a < b & c");
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("a &lt; b &amp; c") != std::string::npos);
  CHECK(svg.find("href") == std::string::npos);
  CHECK(svg.find("stroke-dasharray") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(rate_range_svg(curve({1.0}), "one point").find("nan") == std::string::npos);
}

}  // namespace
}  // namespace dlrun::rate_range_test
