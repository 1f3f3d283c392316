// What other tools call what dlrun does, for the hint after an unknown verb.

#pragma once

#include <string>

namespace dlrun {

// The command that does it, without "dlrun"; null for a word that nobody uses.
const char* verb_of_others(const std::string& name);

}  // namespace dlrun
