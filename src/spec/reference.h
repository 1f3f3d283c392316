// The reference pages: every component and key, from the catalog alone.

#pragma once

#include <map>
#include <string>

namespace dlrun {

// Markdown by path: README.md (the index), and KIND/NAME.md for each component.
std::map<std::string, std::string> reference_pages();

}  // namespace dlrun
