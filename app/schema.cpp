// dlrun schema: the JSON Schema of recipes, for editors.

#include "spec/schema.h"

#include <iostream>

#include "catalog_data.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<CommonOptions>();
  add_common_options(app, *options);
  return [options] {
    std::cout << schema(*new_recipe());
    return 0;
  };
}

const RegisteredVerb verb{{"schema", "Print the JSON Schema of recipes, with which editors complete and check them",
                           "dlrun schema > recipe.schema.json\n"
                           "# then, as the first line of a recipe beside it:\n"
                           "# yaml-language-server: $schema=recipe.schema.json",
                           define}};

}  // namespace
}  // namespace dlrun
