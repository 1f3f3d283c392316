// An experiment that is about to train.

#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "experiment/experiment.h"
#include "spec/read.h"

namespace dlrun {

struct Checked {
  std::unique_ptr<Experiment> experiment;
  double operations = 0.0;  // as in TrainingCheck
};

// Builds it, checked without weights first: what is wrong with it is found before anything is computed or deleted.
// `fitted` is what a checkpoint knows of the data, null without one. Throws UserError.
Checked checked(Recipe& recipe, const nlohmann::json& fitted, const Origins& origins, int verbosity);

}  // namespace dlrun
