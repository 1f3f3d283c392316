// A run evaluated sample by sample, to be compared with another.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eval/paired.h"
#include "experiment/restored.h"

namespace dlrun {

struct MeasuredRun {
  Restored run;
  std::string folder, label;  // the label tells it from the others
  std::string split;
  size_t metric = 0;  // its place among the recipe's metrics
  std::unique_ptr<SampleMeasures> measures;
  std::vector<std::string> names;  // of each measured sample
  at::Tensor truth;                // [samples, ...] in the target's own units
};

// The names of metrics that give a number from which samples can be drawn again, the first of each.
std::vector<std::string> metrics_to_compare(const Recipe& recipe);

// Evaluates all samples of `split` by the metric of that name. Throws UserError: no_input where there is no such split,
// usage where what the task measures are no samples.
void measure(MeasuredRun& run, const std::string& split, const std::string& metric, bool progress);

// A target in a line: the name of its class, or a few numbers; empty for what is neither.
std::string target_text(const at::Tensor& target, const std::vector<std::string>& classes);

// What is to be learned of the sample at this place, as the data have it, to see whether two runs mean the same.
std::string truth_of_sample(const MeasuredRun& run, int64_t place);

}  // namespace dlrun
