// Components made from their declaration as JSON.

#pragma once

#include <nlohmann/json.hpp>

#include "spec/catalog_json.h"
#include "spec/component_json.h"

namespace dlrun::sample {

inline void remove_relations(nlohmann::ordered_json& json) {
  if (json.is_object()) json.erase("relations");
  if (json.is_structured())
    for (auto& inner : json) remove_relations(inner);
}

// A component like `entry`'s, with or without the rules that join its fields. Its kind is put into the catalog under a
// name that begins with "samples_".
inline std::shared_ptr<Params> from_json(const Entry& entry, bool relations = true) {
  const std::string kind = (relations ? "samples_copied_" : "samples_loose_") + entry.kind;
  if (!Catalog::instance().find(kind, entry.name)) {
    nlohmann::ordered_json component = component_json(entry);
    component["kind"] = kind;
    if (!relations) remove_relations(component);
    load_catalog(nlohmann::ordered_json{{"version", 2}, {"components", {component}}}.dump());
  }
  return Catalog::instance().find(kind, entry.name)->make();
}

}  // namespace dlrun::sample
