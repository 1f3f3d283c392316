// What somebody who wrote an unknown key probably meant.

#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct UnknownKey {
  std::string path;                   // "architecture.widht"
  std::string key;                    // "widht"
  std::string owner;                  // "mlp", "trainer"; "" at the top of the recipe
  std::string kind;                   // of a component: "architecture"; "" for a group
  std::vector<std::string> siblings;  // the keys that exist there
};

// "unknown key of mlp; did you mean 'widths'?". `root` is the recipe, read as far as possible: keys that exist
// elsewhere in it are found too.
std::string explain(const UnknownKey& unknown, Params& root);

// Names other tools use for what dlrun calls otherwise, with dlrun's full paths, the likeliest first. They are never
// accepted, only explained.
const std::unordered_map<std::string, std::vector<std::string>>& foreign_names();

}  // namespace dlrun
