// Absolute paths out of typed parameters.

#include "spec/portable.h"

#include <type_traits>

namespace dlrun {
namespace {

void shorten(std::string& path) {
  if (!path.starts_with('/')) return;
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return;
  const size_t start = path.find_last_of('/', end) + 1;
  path = path.substr(start, end + 1 - start);
}

void forget(const Field& field, const std::string& name_of_folder) {
  const bool path = field.rule.path || field.name == name_of_folder;
  std::visit(
      [&](auto* slot) {
        using Value = std::remove_pointer_t<decltype(slot)>;
        if constexpr (std::is_same_v<Value, std::string>) {
          if (path) shorten(*slot);
        } else if constexpr (std::is_same_v<Value, std::optional<std::string>>) {
          if (path && *slot) shorten(**slot);
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          if (!path) return;
          for (std::string& each : *slot) shorten(each);
        } else if constexpr (std::is_same_v<Value, Params>) {
          forget_folders(*slot);
        } else if constexpr (std::is_same_v<Value, AnyOptional> || std::is_same_v<Value, AnyChoice>) {
          if (slot->value) forget_folders(*slot->value);
        } else if constexpr (std::is_same_v<Value, AnyList>) {
          for (const auto& each : slot->values) forget_folders(*each);
        } else if constexpr (std::is_same_v<Value, AnyChoiceList>) {
          for (const AnyChoice& each : slot->values) forget_folders(*each.value);
        }
      },
      field.slot);
}

}  // namespace

void forget_folders(Params& params) {
  for (const Field& field : params.fields()) forget(field, "output_dir");  // made, not read: it has no rule of a path
}

}  // namespace dlrun
