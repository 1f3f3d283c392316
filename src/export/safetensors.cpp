// Weights as safetensors, under the names of the reference implementation, with what is needed to use them.

#include "run/safetensors.h"

#include "base/files.h"
#include "export/exporter.h"
#include "run/weights.h"
#include "spec/catalog.h"
#include "spec/write.h"

namespace dlrun {
namespace {

struct SafetensorsExporter final : Exporter {
  std::vector<Field> fields() override { return {}; }

  Exported write(const Restored& run, const std::string& folder) const override {
    const Recipe& recipe = *run.recipe;
    std::vector<NamedTensor> slots = run.experiment->network->parameters();
    for (const NamedTensor& buffer : run.experiment->network->buffers()) slots.push_back(buffer);
    const std::string weights = folder + "/model.safetensors", config = folder + "/config.json";
    save_safetensors(weights, values_of(slots),
                     {{"format", "pt"},
                      {"dlrun.recipe_hash", run.checkpoint.recipe_hash},
                      {"dlrun.step", std::to_string(run.checkpoint.step)}});
    nlohmann::ordered_json description = {{"format", "dlrun"},
                                          {"version", 1},
                                          {"name", recipe.name},
                                          {"task", recipe.task.type},
                                          {"architecture", recipe.architecture.type},
                                          {"recipe_hash", run.checkpoint.recipe_hash},
                                          {"step", run.checkpoint.step},
                                          {"data", run.experiment->fitted.at("data")},
                                          {"augmentation", run.experiment->fitted.at("augmentation")},
                                          {"recipe", write_yaml(*run.recipe)}};
    write_text_atomically(config, description.dump(2) + "\n");
    return {{weights, config}, nullptr, {}};
  }
};

const Registered<Exporter, SafetensorsExporter> entry{
    "safetensors", "Weights as safetensors, with a config.json of recipe, classes and preprocessing."};

}  // namespace
}  // namespace dlrun
