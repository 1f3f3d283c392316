// Where rehearsals take place: an experiment without weights, as long as that works.

#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "experiment/experiment.h"

namespace dlrun {

// A network reads numbers that it has not on `meta`, and is too large to be given real ones here.
struct NeedsValues : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Stage {
 public:
  // Builds as the options say, but the network on `meta`. The recipe outlives it. Throws UserError.
  explicit Stage(Recipe& recipe, const BuildOptions& options = {});

  Experiment& experiment() { return *experiment_; }

  // Calls `work` with the experiment. Where the network turns out to read values it is built again, with real weights
  // that stay, and `work` begins anew; a network of more than 20 million parameters is not: NeedsValues. What else
  // `work` throws goes through.
  void run(const std::function<void(const Experiment&)>& work);

 private:
  void give_weights(const std::string& reason);

  Recipe& recipe_;
  BuildOptions options_;
  std::optional<Experiment> experiment_;
};

}  // namespace dlrun
