// Typed parameters -> YAML. read(write(x)) == x, and write(read(write(x))) == write(x), byte for byte.

#pragma once

#include <string>
#include <vector>

#include "spec/field.h"
#include "spec/tree.h"

namespace dlrun {

struct WriteOptions {
  Params* without = nullptr;  // leave out what equals these, an object of the same type at its defaults
};

// Every field, in declaration order, block style, one per line; short lists in flow style.
std::string write_yaml(Params& root, const WriteOptions& options = {});

// What write_yaml writes with `without`, as a tree.
Node changes(Params& root, Params& defaults);

// One value on one line, as YAML: "0.1", "[256, 128]", "null", "adamw".
std::string value_text(const Slot& slot);

struct Difference {
  std::string path, left, right;  // values as YAML scalars; empty when the path does not exist on that side
};
// Fields whose values differ, by dotted path.
std::vector<Difference> diff(Params& left, Params& right);

}  // namespace dlrun
