// The recipe as exported files carry it.

#pragma once

#include <string>

#include "experiment/recipe.h"

namespace dlrun {

// The whole recipe as text, without the folders of this machine. Whoever uses the file says where the data lie: in the
// working folder, under their own names, or data.path=...
std::string exported_recipe(Recipe& recipe);

}  // namespace dlrun
