// What a training remembers.

#include "run/training_state.h"

#include <c10/util/Exception.h>

#include <stdexcept>

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

void of_stored(const std::string& source, const std::string& key, const std::function<void()>& read) {
  std::string reason;
  try {
    return read();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const nlohmann::json::exception& error) {
    reason = error.what();
  } catch (const std::logic_error& error) {  // out of range, no number, too long
    reason = error.what();
  } catch (const c10::Error& error) {  // shapes that do not fit
    reason = error.what_without_backtrace();
  }
  throw UserError(ExitCode::bad_data, source + ": what it remembers as \"" + key + "\" is not what this version of " +
                                          "dlrun saves (" + reason.substr(0, reason.find('\n')) + ")");
}

void restore_values(const std::vector<Remembers>& parts, const nlohmann::json& values, const std::string& source) {
  for (const Remembers& part : parts)
    of_stored(source, part.name,
              [&] { part.load(values.contains(part.name) ? values.at(part.name) : nlohmann::json()); });
}

}  // namespace dlrun
