// What a task that predicts several targets has beside the interface of all tasks.

#pragma once

#include <string>
#include <vector>

#include "tasks/task.h"

namespace dlrun {

// One of them: numbers `first` to `first + width - 1` of what the network gives are its. Both 0 before bind().
struct TargetPart {
  std::string name;
  const Task* task;
  const Choice<Loss>* loss;
  int64_t first = 0, width = 0;
};

// Found by a cast: a task that derives from it learns from targets that have a field each (data/own_targets.h), and no
// other task does.
struct SeveralTargets {
  virtual ~SeveralTargets() = default;
  // Called before everything else, any number of times: fills what the recipe leaves open. Throws
  // UserError(bad_recipe) for targets that cannot be learned together.
  virtual void complete() = 0;
  virtual std::vector<TargetPart> parts() const = 0;  // in order
  // What is measured where the recipe does not say.
  virtual std::vector<AnyChoice> metrics_of_targets() const = 0;
};

}  // namespace dlrun
