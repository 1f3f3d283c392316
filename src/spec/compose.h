// One tree from a file, the files it builds on, and the arguments after it.

#pragma once

#include <string>
#include <vector>

#include "spec/tree.h"

namespace dlrun {

// The file at `path` laid over the files its `_base_` names, in their order. `_base_` is relative to the file that
// names it and is gone from the result. One of them may be a recipe, of which all is taken but name, description and
// output_dir. Throws UserError(no_input) for a file that cannot be read, RecipeError for a `_base_` that is malformed,
// goes in a circle, or names two recipes.
Node compose_file(const std::string& path, std::vector<Complaint>& complaints);
Node compose_text(const std::string& text, const std::string& name, std::vector<Complaint>& complaints);

// The same of a file that `argument` ("--config=FILE") names: settings for a recipe, no recipe itself.
Node compose_settings(const std::string& path, const std::string& argument, std::vector<Complaint>& complaints);

// Lays `over` over `base`: groups merge key by key, everything else is replaced. Where both give a component's `type`
// and the types differ, the parameters of the old one go.
void merge(Node& base, const Node& over);

// Applies "a.b=value" arguments in order. `root` tells the values of lists that are left at their default.
void apply_overrides(Node& tree, const std::vector<std::string>& overrides, Params& root,
                     std::vector<Complaint>& complaints);

// The key that ${n} may stand in: the number of a folder, which whoever makes the folder puts in its place.
inline constexpr const char* numbered_key = "output_dir";

// Replaces ${a.b}, ${env:VAR} and ${env:VAR,default} everywhere; $${ stands for ${ itself. A scalar that is one
// reference takes the value as it is, groups and lists too; inside longer text a reference becomes text. References to
// keys that are not written give their default, from `root`. Defaults that hold references are written into the tree.
void interpolate(Node& tree, Params& root, std::vector<Complaint>& complaints);

}  // namespace dlrun
