// Tree -> typed parameters: every value checked against its field.

#pragma once

#include <vector>

#include "spec/field.h"
#include "spec/read.h"
#include "spec/tree.h"

namespace dlrun {

// Fills `root` from `tree`; what is not written keeps its default. Appends every problem found to `complaints` and the
// place of every value to `origins`. A component whose `type` is written starts from the defaults of that component,
// one without `type` from the value the field has.
void bind_tree(Params& root, const Node& tree, std::vector<Complaint>& complaints, Origins& origins);

// The same for values known to be right: no rules, no messages. Used for the defaults of a catalog read from JSON.
void bind_value(const Slot& slot, const Node& node);

}  // namespace dlrun
