// A copy of the recipe that says nothing of this machine.

#include "export/exported_recipe.h"

#include "spec/portable.h"
#include "spec/read.h"
#include "spec/write.h"

namespace dlrun {

std::string exported_recipe(Recipe& recipe) {
  Recipe copy;
  read_text(write_yaml(recipe), "recipe.yaml", {}, copy);
  forget_folders(copy);
  return write_yaml(copy);
}

}  // namespace dlrun
