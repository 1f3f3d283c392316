// dlrun train: a recipe in, a run folder out.

#include "train/train.h"

#include "base/signals.h"
#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  add_recipe_options(app, options->recipe, options->overrides);
  app.add_flag("--resume", options->resume, "Go on from the last checkpoint of the run, if there is one");
  app.add_flag("--overwrite", options->overwrite, "Delete the run that is in the run folder and start anew");
  app.add_flag("--dry-run", options->dry_run, "Read, build and describe everything, then stop");
  app.add_flag("--find-lr", options->find_lr,
               "Try rates from 1e-7 to 10, one a step, draw the losses and name a rate; trains no run");
  app.add_option("--curve", options->curve, "Where --find-lr draws (default: NAME_find_lr.svg)")->type_name("FILE");
  app.add_flag("--find-batch-size", options->find_batch_size,
               "Find the largest trainer.batch_size that fits into memory; trains no run");
  app.add_option("--memory", options->memory, "How much --find-batch-size may take, as 4GiB (default: the machine's)")
      ->type_name("SIZE");
  add_common_options(app, *options);
  return [options] {
    hold_signals();  // Loading libtorch takes half a second; the engine watches them from then on.
    return call_engine("dlrun_train", *options);
  };
}

const RegisteredVerb verb{{"train", "Train a recipe; its results go into a run folder",
                           "dlrun train recipes/cnn_fashion_mnist_small.yaml\n"
                           "dlrun train recipe.yaml optimizer.lr=3e-4 trainer.epochs=2\n"
                           "dlrun train recipe.yaml --resume\n"
                           "dlrun train recipe.yaml --dry-run\n"
                           "dlrun train recipe.yaml --find-lr --curve rates.svg\n"
                           "dlrun train recipe.yaml --find-batch-size --memory 4GiB",
                           define}};

}  // namespace
}  // namespace dlrun
