// What the drawings of a sweep compute: ranks, places, gaps.

#include "report/sweep_plots.h"

#include <catch2/catch.hpp>

namespace dlrun::sweep_plots_test {
namespace {

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("rank_correlation is Spearman's") {
  CHECK(rank_correlation({1, 2, 3, 4, 5}, {10, 100, 1000, 1e4, 1e5}) == Approx(1.0));
  CHECK(rank_correlation({1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}) == Approx(-1.0));
  // scipy.stats.spearmanr([1, 2, 2, 4, 5, 3], [2, 1, 3, 3, 6, 5])
  CHECK(rank_correlation({1, 2, 2, 4, 5, 3}, {2, 1, 3, 3, 6, 5}) == Approx(0.7794117647058825));
  CHECK(rank_correlation({1, 1, 1}, {1, 2, 3}) == 0.0);
}

ShownTrials shown_trials(std::vector<Trial>& trials) {
  SweptKey rate, kind;
  rate.key = "optimizer.lr";
  rate.low = 1e-4;
  rate.high = 1e-2;
  rate.logarithmic = true;
  kind.key = "optimizer.type";
  kind.choices = {"adam", "<b>&"};
  ShownTrials shown{{}, {rate, kind}, "val/loss"};
  for (const Trial& trial : trials) shown.best_first.push_back(&trial);
  return shown;
}

Trial trial(int64_t number, double value, const std::string& rate, const std::string& kind) {
  Trial made;
  made.trial = number;
  made.state = "finished";
  made.value = value;
  made.values = {rate, kind};
  return made;
}

TEST_CASE("each trial is a line over all axes, with a gap where its value is on none") {
  std::vector<Trial> trials = {trial(2, 0.25, "1e-3", "adam"), trial(1, 0.5, "0.5", "<b>&")};
  const std::string plot = parallel_plot(shown_trials(trials));
  CHECK(count_of(plot, "<path") == 2);
  // The rate in the middle of its axis, the first of two kinds at a quarter, the best number at the bottom.
  CHECK(plot.find("d=\"M75.0 135.0L225.0 187.5L375.0 240.0\"") != std::string::npos);
  CHECK(plot.find("d=\"M225.0 82.5L375.0 30.0\"") != std::string::npos);
  CHECK(plot.find("<b>&</text>") == std::string::npos);
  CHECK(count_of(slice_plot(shown_trials(trials), 0), "<circle") == 1);
  CHECK(count_of(slice_plot(shown_trials(trials), 1), "<circle") == 2);
  CHECK(slice_plot(shown_trials(trials), 0).find("rank correlation") == std::string::npos);
}

TEST_CASE("the rank correlation of an interval stands there from five trials on") {
  std::vector<Trial> trials;
  for (int64_t i = 1; i <= 5; ++i)
    trials.push_back(trial(i, 0.1 * static_cast<double>(i), std::to_string(i) + "e-3", "adam"));
  CHECK(slice_plot(shown_trials(trials), 0).find("rank correlation 1.00 over 5 trials") != std::string::npos);
  CHECK(slice_plot(shown_trials(trials), 1).find("rank correlation") == std::string::npos);
}

}  // namespace
}  // namespace dlrun::sweep_plots_test
