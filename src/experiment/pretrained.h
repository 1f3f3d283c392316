// Weights to start from.

#pragma once

#include "models/architecture.h"

namespace dlrun {

// Loads `architecture.pretrained`, when given, into the network. Throws UserError when the file is missing or when a
// parameter is missing, unknown or of another shape, unless `pretrained_ignore` matches it.
void load_pretrained(Network& network, const Architecture& architecture);

}  // namespace dlrun
