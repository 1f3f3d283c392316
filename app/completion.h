// What may stand at a place of the command line, from the same declarations that it is parsed by.

#pragma once

#include <string>
#include <vector>

namespace dlrun {

struct Completion {
  std::string word;  // or, where a file is wanted, ":files ENDING..." or ":folders"
  std::string doc;   // for shells that show it
};

// The words that could be the last of `words` (those after "dlrun"; the last is what is typed so far, maybe nothing).
// They begin with it.
std::vector<Completion> complete(const std::vector<std::string>& words);

}  // namespace dlrun
