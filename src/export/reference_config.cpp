// config.json of transformers and timm.

#include "export/reference_config.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

// https://huggingface.co/docs/transformers/main_classes/configuration
Json transformers_config(const Reference& reference, const ModelFacts& facts) {
  Json config = {{"architectures", {reference.model}}};
  config.update(reference.settings);
  config["torch_dtype"] = facts.dtype;  // Later versions call it dtype and read both.
  return config;
}

// https://huggingface.co/docs/timm/models, as timm.models.save_for_hf writes it.
Json timm_config(const Reference& reference, const ModelFacts& facts) {
  Json config = {{"architecture", reference.model}};
  config.update(reference.settings);
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
