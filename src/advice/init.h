// The verb init for data: the first of the networks that advise names, as a recipe to go on with. Torch-free: the front
// program includes it.

#pragma once

#include <cstdint>
#include <string>

#include "advice/advise.h"

namespace dlrun {

struct Beginning {
  std::string recipe;  // commented
  std::string what;    // the data and the network in sentences, for a person
  int64_t parameters = 0;
  double seconds = 0.0;  // of its training here
};

struct InitOptions : AdviseOptions {
  Beginning* beginning = nullptr;  // is filled
};

}  // namespace dlrun

// Returns 0; throws UserError.
extern "C" int dlrun_init(const dlrun::InitOptions& options);
