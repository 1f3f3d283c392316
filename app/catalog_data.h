// The engine's catalog, carried by the program as data.

#pragma once

#include <memory>

#include "spec/catalog.h"

namespace dlrun {

// The catalog, filled with every component of the engine at the first call, which costs a millisecond or two.
const Catalog& engine_catalog();

// A recipe with its defaults.
std::shared_ptr<Params> new_recipe();

}  // namespace dlrun
