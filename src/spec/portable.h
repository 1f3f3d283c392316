// A recipe for other machines.

#pragma once

#include "spec/field.h"

namespace dlrun {

// Every file and folder with an absolute path becomes its last part ("/home/me/data/digits" is "digits"): where it lay
// is nobody's business, and elsewhere it lies somewhere else.
void forget_folders(Params& params);

}  // namespace dlrun
