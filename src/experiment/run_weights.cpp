// The weights of a trained run.

#include "experiment/run_weights.h"

#include <fmt/format.h>

#include <map>

#include "base/files.h"
#include "experiment/restored.h"
#include "run/run_folder.h"
#include "run/run_marker.h"
#include "run/training_state.h"
#include "spec/read.h"

namespace dlrun {

bool is_run_folder(const std::string& path) {
  return FileSystem::instance().kind(path) == FileKind::folder && look_at(path).ownership == Ownership::run;
}

WeightsFile weights_of_run(const std::string& folder) {
  const RunFolder run = RunFolder::open(folder);
  Recipe recipe;
  read_file(run.recipe_file(), {}, recipe);
  resolve(recipe);
  CheckpointStore store(run.checkpoints());
  const FoundCheckpoint found = find_checkpoint(store, "best", recipe);
  const State state = store.load(found.checkpoint);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_model)) weights[name] = tensor;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_average)) weights[name] = tensor;
  WeightsFile file;
  file.tensors = TensorList(weights.begin(), weights.end());
  file.files = {found.checkpoint.folder};
  file.notes = {
      fmt::format("{}: the weights of its {} checkpoint, step {}", folder, found.word, found.checkpoint.step)};
  return file;
}

}  // namespace dlrun
