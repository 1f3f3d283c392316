// What the command line of train asks for.

#include "train/requested.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/numbered_folder.h"

namespace dlrun {

std::unique_ptr<Recipe> read_recipe(const TrainOptions& options, Origins& origins) {
  auto recipe = std::make_unique<Recipe>();
  std::string file = options.recipe;
  const bool folder = FileSystem::instance().kind(file) == FileKind::folder;
  if (folder) {
    if (!options.resume)
      throw UserError(ExitCode::usage,
                      file + " is a folder. To go on with the run in it: dlrun train " + file + " --resume");
    file += "/recipe.yaml";
  }
  origins = read_file(file, {options.overrides}, *recipe);
  if (folder) recipe->output_dir = options.recipe;
  if ((options.resume || options.overwrite) && is_numbered(recipe->output_dir))
    throw UserError(
        ExitCode::usage,
        fmt::format("--{}: output_dir holds ${{n}}, a new number for each run: name the folder.{}",
                    options.resume ? "resume" : "overwrite", last_numbered_hint(recipe->output_dir, "dlrun train")));
  resolve(*recipe);
  return recipe;
}

Start start_of(const TrainOptions& options) {
  return options.resume ? Start::resume : options.overwrite ? Start::overwrite : Start::fresh;
}

}  // namespace dlrun
