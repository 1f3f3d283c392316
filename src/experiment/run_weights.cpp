// The weights of a trained run.

#include "experiment/run_weights.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <map>

#include "base/files.h"
#include "experiment/restored.h"
#include "nn/build_device.h"
#include "nn/parametrization.h"
#include "run/run_folder.h"
#include "run/run_marker.h"
#include "run/training_state.h"
#include "run/weights.h"
#include "spec/read.h"
#include "tensor/cuda.h"
#include "tensor/random_streams.h"

namespace dlrun {
namespace {

TensorList weights_in(const State& state) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_model)) weights[name] = tensor;
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_average)) weights[name] = tensor;
  return {weights.begin(), weights.end()};
}

// What the other run's experiment sets up for itself (threads, random streams) goes back to where it was. Its networks
// have values also where those that are being built have none.
TensorList plain_weights(const std::string& folder) {
  const BuildDevice scope(at::kCPU);
  const RandomStreams streams(cuda_available() ? at::kCUDA : at::kCPU);
  const TensorList drawn = streams.take();
  const int threads = at::get_num_threads();
  RestoreOptions options;
  options.run = folder;
  options.data = false;
  const Restored restored = restore(options);
  streams.restore(drawn);
  at::set_num_threads(threads);
  const PlainParameters plain(*restored.experiment->all);
  TensorList weights;
  for (const auto& [name, tensor] : values_of(restored.experiment->all->state()))
    weights.emplace_back(name, tensor.cpu().clone());
  return weights;
}

}  // namespace

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
  // Weights under a norm have to be computed, by the networks that know how.
  const bool parametrized = recipe.regularization.spectral_norm || recipe.regularization.weight_norm;
  WeightsFile file;
  file.tensors = parametrized ? plain_weights(folder) : weights_in(store.load(found.checkpoint));
  file.files = {found.checkpoint.folder};
  file.notes = {
      fmt::format("{}: the weights of its {} checkpoint, step {}", folder, found.word, found.checkpoint.step)};
  return file;
}

}  // namespace dlrun
