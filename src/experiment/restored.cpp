// A trained run brought back to life.

#include "experiment/restored.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "experiment/onnx_run.h"
#include "run/run_folder.h"
#include "run/weights.h"
#include "spec/read.h"

namespace dlrun {

Checkpoint find_checkpoint(CheckpointStore& store, const std::string& which, const Recipe& recipe) {
  if (which == "best" && !recipe.checkpoint.monitor.empty()) {
    const Better better = higher_is_better(recipe.checkpoint.monitor, recipe.checkpoint.mode, recipe.metrics)
                              ? Better::higher
                              : Better::lower;
    if (std::optional<Checkpoint> best = store.best(recipe.checkpoint.monitor, better)) return *best;
  }
  if (which == "best" || which == "last") {
    if (std::optional<Checkpoint> last = store.latest()) return *last;
    throw UserError(ExitCode::no_input, "the run has no checkpoint yet");
  }
  std::string known;
  for (const Checkpoint& checkpoint : store.list()) {
    if (std::to_string(checkpoint.step) == which) return checkpoint;
    known += (known.empty() ? "" : ", ") + std::to_string(checkpoint.step);
  }
  throw UserError(ExitCode::no_input, "no checkpoint \"" + which + "\"; there are best, last" +
                                          (known.empty() ? "" : " and the steps " + known));
}

void load_checkpoint(Network& network, CheckpointStore& store, const Checkpoint& checkpoint) {
  const State state = store.load(checkpoint);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : state.tensors)
    if (name.starts_with("model.")) weights[name.substr(6)] = tensor;
  for (const auto& [name, tensor] : state.tensors) {
    if (!name.starts_with("ema.")) continue;
    weights[name.substr(4)] = tensor;
  }
  load_weights(network.state(), TensorList(weights.begin(), weights.end()), checkpoint.folder);
}

Restored restore(const RestoreOptions& options) {
  if (is_onnx_file(options.run)) return restore_onnx(options);
  if (!options.recipe.empty() || !options.engine.empty())
    throw UserError(ExitCode::usage, options.run +
                                         ": a run folder has its recipe and network; --recipe and --engine "
                                         "are for ONNX files");
  const RunFolder folder = RunFolder::open(options.run);
  Restored restored;
  restored.run = options.run;
  restored.recipe = std::make_unique<Recipe>();
  read_file(folder.recipe_file(), {options.overrides}, *restored.recipe);
  resolve(*restored.recipe);
  CheckpointStore store(folder.checkpoints());
  restored.checkpoint = find_checkpoint(store, options.checkpoint, *restored.recipe);
  restored.origin = fmt::format("{} (step {})", options.checkpoint, restored.checkpoint.step);
  BuildOptions build_options;
  build_options.fitted = restored.checkpoint.values.at("fitted");
  build_options.inputs = options.inputs;
  build_options.data = options.data;
  restored.recipe->architecture->pretrained.clear();  // The checkpoint holds all weights.
  restored.experiment = std::make_unique<Experiment>(build(*restored.recipe, build_options));
  load_checkpoint(*restored.experiment->network, store, restored.checkpoint);
  return restored;
}

}  // namespace dlrun
