// Held-out samples, one by one: what a report shows of a run that is looked at again.

#pragma once

#include <string>
#include <vector>

#include "experiment/restored.h"

namespace dlrun {

// One held-out sample, passed through the network alone.
struct LookedAt {
  int64_t index = 0;  // in its split
  double loss = 0.0;  // of the recipe
  std::string truth;  // empty where it cannot be told in a line
  std::string answer;
};

// Up to `most` samples of the split, spread evenly over it, in its order. Empty where the samples of the task are no
// samples of the data, or its loss is none of a sample alone.
std::vector<LookedAt> look_at_samples(const Experiment& experiment, const std::string& split, int64_t most);

// The samples that the network is worst at, and as many drawn at random: pictures where they are some, else their
// names, with loss, truth and answer, as markup; "" where there are none.
std::string sample_section(const Restored& restored);

// The layers of the network, as markup.
std::string layer_section(const Restored& restored);

}  // namespace dlrun
