// What a training remembers.

#include "run/training_state.h"

#include "base/error.h"

namespace dlrun {

std::string kept_name(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + std::string(name);
}

TensorList kept_below(const TensorList& tensors, std::string_view prefix) {
  TensorList found;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  return found;
}

nlohmann::json save_values(const std::vector<Remembers>& parts) {
  nlohmann::json values = nlohmann::json::object();
  for (const Remembers& part : parts)
    if (nlohmann::json saved = part.save(); !saved.is_null()) values[part.name] = std::move(saved);
  return values;
}

void restore_values(const std::vector<Remembers>& parts, const nlohmann::json& values, const std::string& source) {
  for (const Remembers& part : parts) {
    try {
      part.load(values.contains(part.name) ? values.at(part.name) : nlohmann::json());
    } catch (const nlohmann::json::exception& error) {
      throw UserError(ExitCode::bad_data, source + ": what it remembers as \"" + part.name +
                                              "\" is not what this version " + "of dlrun saves (" + error.what() + ")");
    }
  }
}

}  // namespace dlrun
