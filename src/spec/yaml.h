// YAML text -> tree, strictly. The only door to yaml-cpp, whose traps end here.
//
// Accepted: one document of UTF-8 (a byte-order mark is skipped), block and flow style, anchors and aliases within the
// limits of tree.h, the tags !!str !!int !!float !!bool !!null !!seq !!map. Refused: duplicate keys, aliases that form
// a cycle or multiply without bound, other tags, "<<", keys that are empty or not text, tabs in the indentation (of a
// line in quotes or after '|' as well), a second document.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spec/tree.h"

namespace dlrun {

// An empty text gives a null node. Problems that leave the rest readable are appended to `complaints`; a text that
// cannot be read further throws RecipeError, with what was found before.
Node parse_yaml(const std::string& text, const std::shared_ptr<const Source>& source,
                std::vector<Complaint>& complaints);

}  // namespace dlrun
