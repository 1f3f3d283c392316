// Weights to start from.

#pragma once

#include "models/architecture.h"

namespace dlrun {

// Loads `architecture.pretrained`, when given, into the network that build(shapes) made. Names are brought to the
// network's by the rules of run/weights_names.h, each of which is logged. Throws UserError when the file is missing or
// damaged, or when a parameter is missing, unknown or of another shape, unless `pretrained_ignore` matches it.
void load_pretrained(Network& network, const Architecture& architecture, const Shapes& shapes);

}  // namespace dlrun
