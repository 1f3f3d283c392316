// Typed parameters -> tree: the way back from bind().

#pragma once

#include "spec/field.h"
#include "spec/tree.h"

namespace dlrun {

// The value of a slot. Numbers are plain scalars, text is quoted, components are maps that begin with `type`,
// what is absent is null.
Node node_of(const Slot& slot);
// Every field in declaration order.
Node node_of(Params& params);

}  // namespace dlrun
