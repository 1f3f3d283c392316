// Several files as one table.

#pragma once

#include <string>
#include <vector>

#include "data/csv_table.h"

namespace dlrun {

// The files that paths and patterns mean: a path that is there is itself, one with *, ? or [ is a pattern of the
// shell, whose files come by their names' bytes. `key` is the recipe's, for messages. Throws UserError: no_input for a
// pattern without a file, bad_recipe for a file that is there twice.
std::vector<std::string> table_files(const std::vector<std::string>& paths, const std::string& key);

// The same for one of them, without messages: itself where it means no file.
std::vector<std::string> files_meant(const std::string& path);

}  // namespace dlrun
