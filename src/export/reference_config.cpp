// config.json of transformers and timm.

#include "export/reference_config.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// Each at its place: "model_args.in_chans" in a group of its own.
void add_settings(const Reference& reference, Json& config) {
  for (const auto& [path, value] : reference.settings) {
    Json* group = &config;
    size_t begin = 0;
    for (size_t dot; (dot = path.find('.', begin)) != std::string::npos; begin = dot + 1)
      group = &(*group)[path.substr(begin, dot - begin)];
    std::visit([&](const auto& one) { (*group)[path.substr(begin)] = one; }, value);
  }
}

// https://huggingface.co/docs/transformers/main_classes/configuration
Json transformers_config(const Reference& reference, const ModelFacts& facts) {
  Json config = {{"architectures", {reference.model}}};
  add_settings(reference, config);
  config["torch_dtype"] = facts.dtype;  // Later versions call it dtype and read both.
  return config;
}

// https://huggingface.co/docs/timm/models, as timm.models.save_for_hf writes it.
Json timm_config(const Reference& reference, const ModelFacts& facts) {
  Json config = {{"architecture", reference.model}};
  add_settings(reference, config);
  Json& data = config["pretrained_cfg"];
  data["input_size"] = facts.input_shape;
  data["fixed_input_size"] = false;
  data["interpolation"] = "bilinear";
  data["crop_pct"] = 1.0;
  data["mean"] = facts.mean;
  data["std"] = facts.std;
  data["num_classes"] = config["num_classes"];
  if (!facts.classes.empty()) data["label_names"] = facts.classes;
  return config;
}

}  // namespace

std::optional<Json> reference_config(const Reference& reference, const ModelFacts& facts) {
  if (!reference.obstacle.empty()) return std::nullopt;
  if (reference.library == "transformers") return transformers_config(reference, facts);
  if (reference.library == "timm") return timm_config(reference, facts);
  return std::nullopt;
}

}  // namespace dlrun
