// A recipe's text, made to mean the same in another place.

#pragma once

#include <string>

namespace dlrun {

struct Move {
  std::string from, to;  // the files
  std::string home;      // to which the paths that begin with "recipes/" are relative
};

// The text with every `_base_` and every path into `home` as they are right for `to` and the working folder, called by
// the name of the file where that can be one, and with the new file in the commands of its comments.
std::string moved_recipe(const std::string& text, const Move& move);

}  // namespace dlrun
