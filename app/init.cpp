// dlrun init: a recipe to begin with.

#include "advice/init.h"

#include <iostream>

#include "base/error.h"
#include "base/files.h"
#include "catalog_data.h"
#include "engine.h"
#include "gallery.h"
#include "moved_recipe.h"
#include "new_file.h"
#include "question_options.h"
#include "spec/commented.h"
#include "verb.h"

namespace dlrun {
namespace {

// Trains at once, on data that come with dlrun.
constexpr const char* first_recipe = "cnn_fashion_mnist_small";

int init(InitOptions& options) {
  const std::string& file = options.output;
  require_new(file);  // before anything is read
  if (options.data.empty()) {
    for (const std::string* of_data : {&options.target, &options.test, &options.task})
      if (!of_data->empty())
        throw UserError(ExitCode::usage,
                        "dlrun init: --target, --test and --task are about data; name them: --data FILE");
    const GalleryRecipe recipe = find_in_gallery(first_recipe);
    const std::string text = moved_recipe(read_text(recipe.file), {recipe.file, file, gallery_home()});
    write_new_recipe(file, commented(text, *new_recipe()), "init", options.json);
    return 0;
  }
  Beginning beginning;
  options.beginning = &beginning;
  call_engine("dlrun_init", options);
  if (!options.json) std::cout << beginning.what << "\n";
  write_new_recipe(file, beginning.recipe, "init", options.json);
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<InitOptions>();
  options->output = "recipe.yaml";
  app.add_option(
         "--data", options->data,
         "A table, series in .ts files, or a folder or archive of pictures to learn from; without it a recipe on "
         "data that come with dlrun")
      ->type_name("PATH");
  add_question_options(app, *options);
  app.add_option("-o,--output", options->output, "The recipe to write; what is there already is left as it is")
      ->capture_default_str()
      ->type_name("FILE");
  add_common_options(app, *options);
  return [options] { return init(*options); };
}

const RegisteredVerb verb{{"init", "Write a commented recipe to begin with, from a look at the data",
                           "dlrun init\n"
                           "dlrun init --data prices.csv --target price\n"
                           "dlrun init --data photographs/ -o cats.yaml",
                           define}};

}  // namespace
}  // namespace dlrun
