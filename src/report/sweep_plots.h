// Trials of a sweep as drawings: all keys beside each other, and each against the number that decides.

#pragma once

#include <string>
#include <vector>

#include "sweep/space.h"
#include "sweep/trial.h"

namespace dlrun {

// Trials with a number that is finite, the best first, with what they were trained with.
struct ShownTrials {
  std::vector<const Trial*> best_first;
  Space space;
  std::string monitor;
  std::vector<std::string> runs = {};  // where they are runs and no trials: their names, by Trial::trial from 1
};

// <figure class="plot">: an axis for each key and one for the number, a line for each trial, the best one in colour; of
// runs each in the colour of its curves, with their names below. A value that is on no axis, such as the recipe's own
// outside of the interval, leaves a gap in its line.
std::string parallel_plot(const ShownTrials& shown);

// The same: the number over the values of one key. Of an interval with Spearman's rank correlation where five trials
// or more have it.
std::string slice_plot(const ShownTrials& shown, size_t key);

// Between -1 and 1; 0 where one of them does not vary. Equal values share their mean rank.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace dlrun
