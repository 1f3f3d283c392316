// What of a network several processes can have apart: its layers, and its large weights.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/recipe.h"
#include "nn/module.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// The module that a parameter belongs to: "h.0.fc" of "h.0.fc.weight".
std::string module_of(const std::string& parameter);

// The layers that follow each other alone, in their order; nothing where the architecture has none.
std::vector<Module*> blocks_of(const Recipe& recipe, const Network& network);

// Where the run of layers of each of so many stages begins, and the end: as even_runs(), by their numbers.
std::vector<size_t> runs_of(const std::vector<Module*>& blocks, int64_t stages);

// The layers that each of so many stages of a pipeline has, by their paths; nothing where the network has fewer.
std::vector<std::vector<std::string>> layers_of_stages(const Recipe& recipe, const Network& network, int64_t stages);

// The weights that strategies zero2 and fsdp share out, by the modules that compute with them. Norms and biases are few
// numbers, and other modules may compute with them: they stay whole.
std::map<Module*, std::vector<NamedTensor>> shared_weights(const Module& all);

}  // namespace dlrun
