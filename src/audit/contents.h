// What the samples of every split are, as a hash: whether a training that goes on goes on with the same data.

#pragma once

#include <map>
#include <string>

#include "data/dataset.h"

namespace dlrun {

// XXH3 of all that a split gives, sample after sample, before any augmentation, by the name of the split. Of a text its
// tokens.
using Contents = std::map<std::string, std::string>;
Contents contents_of(const Splits& splits);

}  // namespace dlrun
