// Suggestions for unknown keys, from the surest to the vaguest.

#include "spec/suggest.h"

#include <algorithm>

#include "base/text.h"
#include "spec/catalog.h"
#include "spec/walk.h"

namespace dlrun {
namespace {

std::string last_key(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// learningRate and Learning-Rate as learning_rate.
std::string snake_case(const std::string& key) {
  std::string text;
  for (size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && i > 0 && key[i - 1] >= 'a' && key[i - 1] <= 'z') text += '_';
    text += c == '-' || c == ' ' ? '_' : c;
  }
  return lower(text);
}

// Whether a key exists, in this recipe or with another component in it ("optimizer.lr", whatever the optimizer).
bool exists(Params& root, const std::string& path) {
  if (locate(root, nullptr, path)) return true;
  const size_t dot = path.rfind('.');
  const std::optional<Found> parent =
      dot == std::string::npos ? std::nullopt : locate(root, nullptr, path.substr(0, dot));
  const auto* choice = parent && parent->rest.empty() ? std::get_if<AnyChoice*>(&parent->field.slot) : nullptr;
  if (!choice) return false;
  for (const Entry* entry : Catalog::instance().entries((*choice)->kind)) {
    const std::shared_ptr<Params> component = entry->make();
    if (locate(*component, nullptr, path.substr(dot + 1))) return true;
  }
  return false;
}

std::string foreign_hint(const UnknownKey& unknown, Params& root) {
  const auto& names = foreign_names();
  const auto found = names.count(unknown.key) ? names.find(unknown.key) : names.find(snake_case(unknown.key));
  if (found == names.end()) return "";
  for (const std::string& path : found->second)
    if (path != unknown.path && exists(root, path)) return "; dlrun calls this " + path;
  return "";
}

// The same key in another component of the kind: "momentum" below adamw.
std::string other_component(const UnknownKey& unknown) {
  if (unknown.kind.empty()) return "";
  std::vector<std::string> names;
  for (const Entry* entry : Catalog::instance().entries(unknown.kind)) {
    const std::shared_ptr<Params> component = entry->make();
    for (const Field& field : component->fields())
      if (field.name == unknown.key && entry->name != unknown.owner) names.push_back(entry->name);
  }
  if (names.size() > 3) names.resize(3);
  return names.empty() ? "" : "; " + join_or(names) + (names.size() > 1 ? " have it" : " has it");
}

// The path whose last key is exactly `key`, the least nested one.
std::string elsewhere(const std::string& key, const std::vector<std::string>& paths) {
  const std::string* best = nullptr;
  for (const std::string& path : paths) {
    if (last_key(path) != key) continue;
    if (!best || std::count(path.begin(), path.end(), '.') < std::count(best->begin(), best->end(), '.')) best = &path;
  }
  return best ? *best : "";
}

std::string nearly_elsewhere(const std::string& key, const std::vector<std::string>& paths) {
  if (key.size() < 4) return "";
  for (const std::string& path : paths)
    if (edit_distance(key, last_key(path)) <= 1) return path;
  return "";
}

std::string suggestion(const UnknownKey& unknown, Params& root) {
  const std::string others = other_component(unknown);
  if (!others.empty()) return others;
  if (const std::string hint = foreign_hint(unknown, root); !hint.empty()) return hint;
  const std::string sibling = nearest(snake_case(unknown.key), unknown.siblings);
  if (!sibling.empty() && edit_distance(snake_case(unknown.key), sibling) <= 1)
    return "; did you mean '" + sibling + "'?";
  if (unknown.key.find('.') != std::string::npos && locate(root, nullptr, unknown.path))
    return "; write it nested, a dotted key is for the command line";
  const std::vector<std::string> paths = all_paths(root);
  if (const std::string path = elsewhere(snake_case(unknown.key), paths); !path.empty())
    return "; did you mean " + path + "?";
  if (!sibling.empty()) return "; did you mean '" + sibling + "'?";
  if (const std::string path = nearly_elsewhere(snake_case(unknown.key), paths); !path.empty())
    return "; did you mean " + path + "?";
  if (unknown.siblings.empty()) return "; it has none";
  if (unknown.siblings.size() <= 24) return "; known: " + join(unknown.siblings, ", ");
  return "";
}

}  // namespace

std::string explain(const UnknownKey& unknown, Params& root) {
  return "unknown key" + (unknown.owner.empty() ? "" : " of " + unknown.owner) + suggestion(unknown, root);
}

}  // namespace dlrun
