// What can be known to be wrong with a recipe before it trains, beyond its keys.

#pragma once

#include <string>
#include <vector>

#include "audit/contents.h"
#include "experiment/experiment.h"
#include "rehearsal/stage.h"
#include "spec/read.h"

namespace dlrun {

struct Check {
  std::string name;    // "data", "network", "loss", "metrics", "optimizer", "monitor", "export"
  std::string detail;  // what was looked at, for a person
};

// Opens the data and reads the first and last sample of every split, builds the network on `meta`, and rehearses a
// training step, an evaluation and the export: shapes through the network, the loss against the targets, gradients,
// groups of the optimizer, metrics, what is monitored, what the exporter can express. Nothing is allocated for the
// weights. Gives what was checked; throws UserError with every problem that could be told apart, each with the place in
// the recipe that it comes from.
std::vector<Check> check(Recipe& recipe, const Origins& origins);

// What is known of an experiment that is about to train.
struct TrainingCheck {
  Contents contents;        // what its splits hold
  double operations = 0.0;  // of a step, for each sample of its batch; 0 where no step could be rehearsed
};

// The same as check(), without the export: throws UserError as that does.
TrainingCheck check_training(Stage& stage, const Origins& origins);

// The message of a problem with the place of the key it begins with ("architecture.context: ...") before it.
std::string with_place(const std::string& message, const Origins& origins);

}  // namespace dlrun
