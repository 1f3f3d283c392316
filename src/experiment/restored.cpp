// A trained run brought back to life.

#include "experiment/restored.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "experiment/members.h"
#include "experiment/onnx_run.h"
#include "experiment/parted_network.h"
#include "run/run_folder.h"
#include "run/training_state.h"
#include "run/weights.h"
#include "spec/read.h"

namespace dlrun {

FoundCheckpoint find_checkpoint(CheckpointStore& store, const std::string& which, const Recipe& recipe) {
  if (which == "best" && recipe.checkpoint.keeps_best()) {
    const Better better = higher_is_better(recipe.checkpoint.monitor, recipe.checkpoint.mode, recipe.metrics)
                              ? Better::higher
                              : Better::lower;
    if (std::optional<Checkpoint> best = store.best(recipe.checkpoint.monitor, better)) return {*best, which};
  }
  if (which == "best" || which == "last") {
    if (std::optional<Checkpoint> last = store.latest()) return {*last, "last"};
    throw UserError(ExitCode::no_input, "the run has no checkpoint yet");
  }
  std::string known;
  for (const Checkpoint& checkpoint : store.list()) {
    if (std::to_string(checkpoint.step) == which) return {checkpoint, which};
    known += (known.empty() ? "" : ", ") + std::to_string(checkpoint.step);
  }
  throw UserError(ExitCode::no_input, "no checkpoint \"" + which + "\"; there are best, last" +
                                          (known.empty() ? "" : " and the steps " + known));
}

namespace {

void load_state(Module& all, const State& state, const std::string& source) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_model)) weights[name] = tensor;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_average)) weights[name] = tensor;
  load_weights(all.state(), TensorList(weights.begin(), weights.end()), source);
}

// A training that goes on may delete a checkpoint between its being found and read: then there is a newer one.
std::pair<FoundCheckpoint, State> find_and_load(CheckpointStore& store, const RestoreOptions& options,
                                                const Recipe& recipe) {
  for (int attempt = 1;; ++attempt) {
    const FoundCheckpoint found = find_checkpoint(store, options.checkpoint, recipe);
    try {
      return {found, store.load(found.checkpoint)};
    } catch (const UserError&) {
      if (attempt == 10 || FileSystem::instance().exists(found.checkpoint.folder)) throw;
    }
  }
}

// What else people name where a run is meant.
void refuse_other_files(const std::string& run) {
  if (FileSystem::instance().kind(run) != FileKind::file) return;
  if (run.ends_with(".yaml") || run.ends_with(".yml")) {
    std::string folder;
    try {
      Recipe recipe;
      read_file(run, {}, recipe);
      folder = " (" + recipe.output_dir + ")";
    } catch (const UserError&) {  // It is no recipe that could say.
    }
    throw UserError(ExitCode::usage, run + ": is a recipe; give the run folder that it was trained into" + folder);
  }
  for (const char* ending : {".safetensors", ".pt", ".pth", ".bin"})
    if (run.ends_with(ending))
      throw UserError(
          ExitCode::usage,
          run +
              ": is a file of weights; give the run folder that it was made from, or an ONNX file. To start "
              "a training from it: architecture.pretrained");
}

}  // namespace

void load_checkpoint(const Experiment& experiment, CheckpointStore& store, const Checkpoint& checkpoint) {
  State state = store.load(checkpoint);
  if (experiment.parted) state.tensors = experiment.parted->parts(state.tensors);
  load_state(*experiment.all, state, checkpoint.folder);
}

Restored restore(const RestoreOptions& options) {
  refuse_other_files(options.run);
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
  if (restored.recipe->repeat) return restore_members(options, *restored.recipe);
  resolve(*restored.recipe);
  CheckpointStore store(folder.checkpoints());
  const auto [found, state] = find_and_load(store, options, *restored.recipe);
  restored.checkpoint = found.checkpoint;
  restored.word = found.word;
  restored.origin = fmt::format("{} (step {})", found.word, restored.checkpoint.step);
  BuildOptions build_options;
  build_options.inputs = options.inputs;
  build_options.data = options.data;
  build_options.keep_rows = options.keep_rows;
  restored.recipe->architecture->pretrained.clear();  // The checkpoint holds all weights.
  of_stored(restored.checkpoint.folder, "fitted", [&] {
    build_options.fitted = restored.checkpoint.values.at("fitted");
    if (!build_options.fitted.is_object()) throw std::invalid_argument("expected an object");
    restored.experiment = std::make_unique<Experiment>(build(*restored.recipe, build_options));
  });
  load_state(*restored.experiment->all, state, restored.checkpoint.folder);
  return restored;
}

}  // namespace dlrun
