// A component's declaration as JSON: what describe --json prints and the front program carries.

#pragma once

#include <nlohmann/json.hpp>

#include "spec/catalog.h"
#include "spec/tree.h"

namespace dlrun {

// {"kind", "name", "doc", "file", "fields": [{"name", "doc", "type", "default", "rule", "kind", "fields",
// "relations"}], "relations": [{"at", "holds", "says"}]}; a field has "kind" where it is a component, "fields" where it
// is a group, and no empty "rule" or "relations".
nlohmann::ordered_json component_json(const Entry& entry);

// A value as JSON. Infinity, which JSON does not know, becomes the text ".inf".
nlohmann::ordered_json value_json(const Node& node);

}  // namespace dlrun
