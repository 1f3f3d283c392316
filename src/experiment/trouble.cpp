// The names of known troubles.

#include "experiment/trouble.h"

#include <c10/util/Exception.h>

namespace dlrun {

std::string name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::vanishing_gradients:
      return "vanishing_gradients";
    case Trouble::exploding_gradients:
      return "exploding_gradients";
    case Trouble::dead_relus:
      return "dead_relus";
    case Trouble::saturated_activations:
      return "saturated_activations";
    case Trouble::weights_do_not_move:
      return "weights_do_not_move";
    case Trouble::weights_run_away:
      return "weights_run_away";
    case Trouble::learning_rate_too_low:
      return "learning_rate_too_low";
    case Trouble::learning_rate_too_high:
      return "learning_rate_too_high";
    case Trouble::overfitting:
      return "overfitting";
    case Trouble::plateau:
      return "plateau";
    case Trouble::class_collapse:
      return "class_collapse";
    case Trouble::class_imbalance:
      return "class_imbalance";
    case Trouble::underfitting:
      return "underfitting";
    case Trouble::mode_collapse:
      return "mode_collapse";
    case Trouble::discriminator_wins:
      return "discriminator_wins";
    case Trouble::generator_wins:
      return "generator_wins";
  }
  TORCH_CHECK(false, "a trouble without a name");
}

std::vector<std::string> all_troubles() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Trouble::generator_wins); ++i)
    names.push_back(name_of(static_cast<Trouble>(i)));
  return names;
}

}  // namespace dlrun
