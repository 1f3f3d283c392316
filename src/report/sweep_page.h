// A sweep as a page: the best trial, what was tried, and how it went.

#pragma once

#include <string>

namespace dlrun {

// Whether a folder holds a sweep.
bool is_sweep_folder(const std::string& folder);

// HTML of the sweep in the folder, also of one that goes on. Throws UserError for a folder that dlrun sweep did not
// write.
std::string sweep_page(const std::string& folder);

}  // namespace dlrun
