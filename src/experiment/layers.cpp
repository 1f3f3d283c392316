// The layers of a network as a table.

#include "experiment/layers.h"

#include <fmt/format.h>

#include <map>
#include <numeric>

#include "base/terminal.h"
#include "base/units.h"
#include "tensor/random_streams.h"
#include "tensor/tap.h"

namespace dlrun {
namespace {

std::string owner(const std::string& parameter) {
  const size_t dot = parameter.rfind('.');
  return dot == std::string::npos ? "" : parameter.substr(0, dot);
}

// One step of every player in evaluation mode, so that buffers stay as they are.
std::vector<TappedCall> watch(const Experiment& experiment, int64_t& count) {
  const std::unique_ptr<Loader> loader = experiment.plain_loader("train", 2);
  loader->seek(0);
  const Batch batch = experiment.place(*loader->next());
  count = batch.count;
  const RandomStreams streams(experiment.device);
  const TensorList before = streams.take();
  experiment.network->set_training(false);
  std::vector<TappedCall> calls = tap([&] {
    c10::NoGradGuard no_gradients;
    const Task& task = *experiment.recipe.task;
    for (size_t player = 0; player < task.players(*experiment.network).size(); ++player)
      task.step(*experiment.network, *experiment.recipe.loss, batch, player);
  });
  experiment.network->set_training(true);
  streams.restore(before);
  return calls;
}

}  // namespace

std::vector<LayerRow> describe_layers(const Experiment& experiment) {
  std::map<const void*, std::string> owners;
  std::vector<LayerRow> unused;
  std::map<std::string, size_t> index;
  for (const NamedTensor& parameter : experiment.network->parameters()) {
    const std::string name = owner(parameter.name);
    owners[parameter.tensor->unsafeGetTensorImpl()] = name;
    if (index.emplace(name, unused.size()).second) unused.push_back({name, "", {}, 0, 0});
    LayerRow& layer = unused[index[name]];
    layer.parameters += parameter.tensor->numel();
    if (parameter.tensor->requires_grad()) layer.trainable += parameter.tensor->numel();
  }
  int64_t count = 0;
  std::vector<LayerRow> layers;
  std::vector<bool> used(unused.size(), false);
  for (const TappedCall& call : watch(experiment, count)) {
    for (const at::Tensor& input : call.inputs()) {
      const auto found = owners.find(input.unsafeGetTensorImpl());
      const std::vector<at::Tensor> outputs = call.outputs();
      if (found == owners.end() || used[index[found->second]] || outputs.empty()) continue;
      const bool moves = outputs[0].is_alias_of(input);  // a transpose of the weight, not the layer itself
      if (moves) {
        owners[outputs[0].unsafeGetTensorImpl()] = found->second;
        continue;
      }
      used[index[found->second]] = true;
      LayerRow layer = unused[index[found->second]];
      layer.op = call.name().substr(call.name().find("::") + 2);
      layer.shape = outputs[0].sizes().vec();
      if (!layer.shape.empty() && layer.shape[0] == count) layer.shape[0] = -1;
      layers.push_back(std::move(layer));
    }
  }
  for (size_t i = 0; i < unused.size(); ++i)
    if (!used[i]) layers.push_back(unused[i]);
  return layers;
}

std::string layer_table(const std::vector<LayerRow>& layers) {
  Table table({{"layer"}, {"operator"}, {"output"}, {"parameters", Table::Align::right}});
  int64_t parameters = 0, trainable = 0;
  for (const LayerRow& layer : layers) {
    std::string shape;
    for (size_t i = 0; i < layer.shape.size(); ++i)
      shape += (i ? ", " : "") + (layer.shape[i] < 0 ? std::string("N") : std::to_string(layer.shape[i]));
    table.row({layer.name, layer.op, shape.empty() ? "" : "[" + shape + "]", count_text(layer.parameters)});
    parameters += layer.parameters;
    trainable += layer.trainable;
  }
  table.line();
  table.row({"total", "", "", count_text(parameters)});
  if (trainable != parameters) table.row({"trainable", "", "", count_text(trainable)});
  return table.text();
}

}  // namespace dlrun
