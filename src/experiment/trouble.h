// The known troubles of training: what diagnoses look for, and what a recipe may tell them to ignore.

#pragma once

#include <string>
#include <vector>

namespace dlrun {

enum class Trouble {
  vanishing_gradients,
  exploding_gradients,
  dead_relus,
  saturated_activations,
  weights_do_not_move,
  weights_run_away,
  learning_rate_too_low,
  learning_rate_too_high,
  overfitting,
  plateau,
  class_collapse,
  class_imbalance,
  underfitting,
  mode_collapse,
  discriminator_wins,
  generator_wins,
};

std::string name_of(Trouble trouble);     // "dead_relus": as recipes, metrics.jsonl and docs/diagnosis.md know it
std::vector<std::string> all_troubles();  // their names

}  // namespace dlrun
