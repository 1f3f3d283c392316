// dlrun cp: a recipe that comes with dlrun, as a file of one's own.

#include "base/files.h"
#include "gallery.h"
#include "moved_recipe.h"
#include "new_file.h"
#include "verb.h"

namespace dlrun {
namespace {

struct CpOptions : CommonOptions {
  std::string name, file;
};

int cp(const CpOptions& options) {
  const GalleryRecipe recipe = find_in_gallery(options.name);
  const std::string file = options.file.empty() ? recipe.name + ".yaml" : options.file;
  std::string text = read_text(recipe.file);
  if (text.starts_with("# yaml-language-server")) text.erase(0, text.find('\n') + 1);  // The copy has a line of its own.
  write_new_recipe(file, moved_recipe(text, {recipe.file, file, gallery_home()}), "cp", options.json);
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<CpOptions>();
  app.add_option("NAME", options->name, "A recipe of `dlrun list recipes`")->required()->type_name("");
  app.add_option("FILE", options->file, "The copy; without it NAME.yaml")->type_name("");
  add_common_options(app, *options);
  return [options] { return cp(*options); };
}

const RegisteredVerb verb{{"cp", "Copy a recipe that comes with dlrun, to change it",
                           "dlrun cp cnn_fashion_mnist_small\n"
                           "dlrun cp mlp_abalone my.yaml",
                           define}};

}  // namespace
}  // namespace dlrun
