// How each class is recognised: what a report tells of a run whose held-out samples are looked at again.

#pragma once

#include <string>
#include <vector>

#include "experiment/restored.h"
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

// A table of the classes, the worst first, and the confusion matrix drawn, as markup. Evaluates the checkpoint on
// the held-out samples of the run; "" where what it learned are no classes. Throws UserError as eval does.
std::string class_section(const Restored& restored);

}  // namespace dlrun
