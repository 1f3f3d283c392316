// Weights as safetensors, under the names of the reference implementation, with what is needed to use them.

#include "run/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "export/exported_recipe.h"
#include "export/exporter.h"
#include "export/reference_config.h"
#include "run/weights.h"
#include "run/weights_folder.h"
#include "spec/catalog.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

// Floating-point tensors in another format; the others (counters) stay as they are.
TensorList converted(TensorList tensors, const std::string& dtype) {
  const at::ScalarType type = dtype == "float16" ? at::kHalf : dtype == "bfloat16" ? at::kBFloat16 : at::kFloat;
  for (auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point() || tensor.scalar_type() == type) continue;
    const at::Tensor other = tensor.to(type);
    if (!at::isinf(other).equal(at::isinf(tensor)))
      throw UserError(ExitCode::bad_data, fmt::format("{}: holds {}, more than {} can; export with dtype bfloat16 or "
                                                      "float32",
                                                      name, tensor.abs().max().item<double>(), dtype));
    tensor = other;
  }
  return tensors;
}

// Every normalisation of the pipeline as one.
void add_normalisation(Recipe& recipe, ModelFacts& facts) {
  const size_t channels = facts.input_shape.empty() ? 0 : static_cast<size_t>(facts.input_shape[0]);
  facts.mean.assign(channels, 0.0);
  facts.std.assign(channels, 1.0);
  for (AnyChoice& choice : recipe.augmentation.values) {
    if (choice.type != "normalize") continue;
    std::vector<double> mean, std;
    for (const Field& field : choice.value->fields()) {
      const auto* values = std::get_if<std::vector<double>*>(&field.slot);
      if (values) (field.name == "mean" ? mean : std) = **values;
    }
    for (size_t c = 0; c < channels; ++c) {
      facts.mean[c] += facts.std[c] * mean.at(mean.size() == 1 ? 0 : c);
      facts.std[c] *= std.at(std.size() == 1 ? 0 : c);
    }
  }
}

struct SafetensorsExporter final : Exporter {
  std::string max_shard_size = "5GB";
  std::string dtype = "float32";

  std::vector<Field> fields() override {
    return {
        field("max_shard_size", max_shard_size,
              "Most bytes of weights in one file (5GB, 500MB, 2GiB); more become several files with an index.",
              is_size()),
        field("dtype", dtype, "Number format of the weights; counters stay integers.",
              one_of("float32", "float16", "bfloat16")),
    };
  }

  Exported write(const Restored& run, const std::string& folder) const override {
    Recipe& recipe = *run.recipe;
    const Network& network = *run.experiment->network;
    const std::optional<Reference> reference =
        recipe.architecture->reference(recipe.task->shapes(*recipe.loss), network);
    WeightsFolder options;
    options.shard_bytes = parse_size(max_shard_size).value();
    for (const auto& [name, tensor] : values_of(network.parameters())) options.parameters += tensor.numel();
    options.metadata = {{"format", "pt"},
                        {"dlrun.recipe_hash", run.checkpoint.recipe_hash},
                        {"dlrun.step", std::to_string(run.checkpoint.step)}};
    std::vector<std::string> files = save_weights_folder(folder, converted(values_of(network.state()), dtype), options);
    if (reference) write_config(recipe, *reference, folder, files);
    const std::string description = folder + "/dlrun.json";
    write_text_atomically(description, describe(run, reference, files).dump(2) + "\n");
    files.push_back(description);
    return {files, nullptr, {}};
  }

 private:
  void write_config(Recipe& recipe, const Reference& reference, const std::string& folder,
                    std::vector<std::string>& files) const {
    ModelFacts facts;
    facts.dtype = dtype;
    facts.input_shape = recipe.task->info().input().sizes;
    facts.classes = recipe.task->info().classes();
    add_normalisation(recipe, facts);
    if (!reference.obstacle.empty()) log_warning("no config.json: " + reference.obstacle);
    const auto config = reference_config(reference, facts);
    if (!config) return;
    files.push_back(folder + "/config.json");
    write_text_atomically(files.back(), config->dump(2) + "\n");
  }

  nlohmann::ordered_json describe(const Restored& run, const std::optional<Reference>& reference,
                                  const std::vector<std::string>& files) const {
    const Recipe& recipe = *run.recipe;
    nlohmann::ordered_json description = {{"format", "dlrun"},
                                          {"version", 1},
                                          {"name", recipe.name},
                                          {"task", recipe.task.type},
                                          {"architecture", recipe.architecture.type},
                                          {"recipe_hash", run.checkpoint.recipe_hash},
                                          {"step", run.checkpoint.step},
                                          {"dtype", dtype}};
    for (const std::string& file : files) description["files"].push_back(file.substr(file.rfind('/') + 1));
    if (reference) {
      description["reference"] = {{"library", reference->library}, {"model", reference->model}};
      if (!reference->obstacle.empty()) description["reference"]["obstacle"] = reference->obstacle;
    }
    description["data"] = run.experiment->fitted.at("data");
    description["augmentation"] = run.experiment->fitted.at("augmentation");
    description["recipe"] = exported_recipe(*run.recipe);
    return description;
  }
};

const Registered<Exporter, SafetensorsExporter> safetensors_entry{
    "safetensors",
    "Weights as safetensors under their library's names, with its config.json and a dlrun.json of recipe, classes and "
    "preprocessing."};

}  // namespace
}  // namespace dlrun
