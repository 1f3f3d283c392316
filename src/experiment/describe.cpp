// The verb describe for a recipe: its layer table.

#include "experiment/describe.h"

#include <fmt/format.h>

#include "base/log.h"
#include "experiment/layers.h"
#include "spec/read.h"

int dlrun_describe(const dlrun::DescribeOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  Recipe recipe;
  read_file(options.recipe, {options.overrides}, recipe);
  const Experiment experiment = build(recipe, {});
  const std::vector<LayerRow> layers = describe_layers(experiment);
  if (!options.json) {
    fmt::print("{}\n", layer_table(layers));
    return 0;
  }
  for (const LayerRow& layer : layers) {
    const nlohmann::ordered_json record = {{"layer", layer.name},
                                           {"operator", layer.op},
                                           {"output", layer.shape},
                                           {"parameters", layer.parameters},
                                           {"trainable", layer.trainable}};
    fmt::print("{}\n", record.dump());
  }
  return 0;
}
