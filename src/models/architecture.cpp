// What all architectures share: weights to start from and parameters that stay as they are.

#include "models/architecture.h"

namespace dlrun {

std::vector<Field> Architecture::with_common(std::vector<Field> fields) {
  fields.push_back(
      field("pretrained", pretrained,
            "Weights to start from: a run folder (its best checkpoint), a safetensors file, the index of several, a "
            "folder with either, or a PyTorch file (.pt, .pth, .bin).",
            is_path()));
  fields.push_back(field("pretrained_prefix", pretrained_prefix,
                         "What the names in that file begin with, and the network's do not (backbone.); tensors "
                         "without it are left out."));
  fields.push_back(field("pretrained_ignore", pretrained_ignore,
                         "Regular expressions of parameters that are not taken from that file (a new head).",
                         is_expression()));
  fields.push_back(field("freeze", freeze, "Regular expressions of parameters that are not trained.", is_expression()));
  return fields;
}

}  // namespace dlrun
