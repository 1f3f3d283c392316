// JSON Schema draft-07 of a recipe, for editors that complete and check YAML.

#pragma once

#include <string>

#include "spec/field.h"

namespace dlrun {

// The schema of `root`, every component of the catalog included. It accepts every recipe the reader accepts, except
// that a key the reader requires may be missing below the top level: a file under `_base_` may hold it. Joined rules
// and numbers like 1e3 for integers beyond JSON's reach are the reader's alone.
std::string schema(Params& root);

}  // namespace dlrun
