// The reference pages: every component and key, from the catalog alone.

#pragma once

#include <map>
#include <string>

namespace dlrun {

// Markdown by file name: README.md (the index) and one page per kind.
std::map<std::string, std::string> reference_pages();

}  // namespace dlrun
