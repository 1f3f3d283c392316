// Held-out samples, one by one: what a report shows of a run beside its numbers.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/experiment.h"

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

// The samples that the network is worst at among `most` of the held-out ones, and as many drawn at random: pictures as
// PNG where they are some, else what can be read of them, with name, loss, truth and answer. Null where there are none.
nlohmann::ordered_json sample_record(const Experiment& experiment, int64_t most);

// The same as markup.
std::string sample_section(const nlohmann::ordered_json& record, const std::string& checkpoint);

}  // namespace dlrun
