// dlrun import: weights of another program as a safetensors file.

#include "run/import.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  app.add_option("FILE", options->input,
                 "A PyTorch file (.pt, .pth, .bin), a safetensors file, an index of several, or a folder with either")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options->output, "File to write; without it, FILE ending in .safetensors")
      ->type_name("PATH");
  app.add_option(
         "--key", options->key,
         "PyTorch files: the keys that lead to the tensors (state_dict, checkpoint/model); without it, the only "
         "table of tensors")
      ->type_name("KEY");
  app.add_flag("--overwrite", options->overwrite, "Replace a file that exists");
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_import", *options); };
}

const RegisteredVerb verb{{"import", "Turn weights of PyTorch into a safetensors file, running nothing of theirs",
                           "dlrun import model.pt\n"
                           "dlrun import checkpoint.ckpt --key state_dict -o model.safetensors\n"
                           "dlrun import folder_with_shards -o model.safetensors",
                           define}};

}  // namespace
}  // namespace dlrun
