// Weights to start from.

#pragma once

#include <string>

#include "models/architecture.h"

namespace dlrun {

// Loads `architecture.pretrained`, when given, into the network that build(shapes) made. Names are brought to the
// network's by the rules of run/weights_names.h, each of which is logged. Throws UserError when the file is missing or
// damaged, or when a parameter is missing, unknown or of another shape, unless `pretrained_ignore` matches it. `key` is
// where the recipe has the architecture; tensors of the file whose names begin with `left_out` are no concern of it.
void load_pretrained(Network& network, const Architecture& architecture, const Shapes& shapes,
                     const std::string& key = "architecture", const std::string& left_out = "");

}  // namespace dlrun
