// What all architectures share: weights to start from and parameters that stay as they are.

#include "models/architecture.h"

#include <regex>

namespace dlrun {

std::vector<Field> Architecture::with_common(std::vector<Field> fields) {
  fields.push_back(field("pretrained", pretrained,
                         "Weights to start from: a safetensors file, the index of several, a folder with either, or a "
                         "PyTorch file (.pt, .pth, .bin).",
                         is_path()));
  fields.push_back(field("pretrained_prefix", pretrained_prefix,
                         "What the names in that file begin with, and the network's do not (backbone.); tensors "
                         "without it are left out."));
  fields.push_back(field("pretrained_ignore", pretrained_ignore,
                         "Regular expressions of parameters that are not taken from that file (a new head)."));
  fields.push_back(field("freeze", freeze, "Regular expressions of parameters that are not trained."));
  return fields;
}

std::vector<Problem> Architecture::problems() const {
  std::vector<Problem> problems;
  auto check = [&](const char* name, const std::vector<std::string>& expressions) {
    for (size_t i = 0; i < expressions.size(); ++i) {
      try {
        std::regex expression(expressions[i]);
      } catch (const std::regex_error&) {
        problems.push_back({name + ("." + std::to_string(i)), "not a regular expression: \"" + expressions[i] + "\""});
      }
    }
  };
  check("pretrained_ignore", pretrained_ignore);
  check("freeze", freeze);
  return problems;
}

}  // namespace dlrun
