// How each class is recognised.

#pragma once

#include <string>
#include <vector>

#include "metrics/metric.h"

namespace dlrun {

// One class among those of a confusion matrix (rows are true, columns predicted).
struct ClassScores {
  std::string name;
  double samples = 0.0;                            // of that class
  double precision = 0.0, recall = 0.0, f1 = 0.0;  // NaN where nothing was of it, or nothing taken for it
  std::string taken_for;  // the other class that its samples were most often taken for; empty where none was
};
std::vector<ClassScores> scores_of_classes(const ResultTable& confusion);

// A table of the classes, the worst first, and the confusion matrix drawn, as markup; `of` says what they are of.
std::string class_section(const ResultTable& confusion, const std::string& of);

}  // namespace dlrun
