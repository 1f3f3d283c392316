// Manual pages, from the declarations that the command line is parsed by.

#pragma once

#include <map>
#include <string>

namespace dlrun {

// "dlrun.1" and "dlrun-train.1", ...: name and text (man(7)).
std::map<std::string, std::string> man_pages();

}  // namespace dlrun
