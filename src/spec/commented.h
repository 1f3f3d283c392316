// A recipe's text with a comment on each of its blocks, for a person who writes the first.

#pragma once

#include <string>

#include "spec/field.h"

namespace dlrun {

// Before each key at the top of `recipe` what its field is for and, of a component, what the chosen one is and how to
// see the others; behind all of them keys that are often wanted and are not there, as comments. All of it comes from
// `root` and the catalog. The result reads as the text does.
std::string commented(const std::string& recipe, Params& root);

}  // namespace dlrun
