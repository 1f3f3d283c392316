// Finding fields by their dotted path, and walking over all of them.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"
#include "spec/tree.h"

namespace dlrun {

// A field, with the groups made on the way to it (absent ones, components of another type) kept alive.
struct Found {
  Field field;
  std::vector<std::string> rest;  // what of the path leads into the field's own value ("0" of widths.0)
  std::string group;              // the component that owns the field ("adamw"), or the key of its group; "" at the top
  std::vector<std::shared_ptr<void>> keep;
};

// The field at `path`. Components have the types `tree` gives them, where it says nothing those of `root`; a path that
// ends in a component's `type` finds the component's field with rest {"type"}.
std::optional<Found> locate(Params& root, const Node* tree, const std::string& path);

// The value at `path` where nothing is written: a default.
std::optional<Node> default_node(Params& root, const Node* tree, const std::string& path);

// The dotted paths of every field below `root`, depth first in declaration order; absent groups are looked into, lists
// are not.
std::vector<std::string> all_paths(Params& root);

}  // namespace dlrun
