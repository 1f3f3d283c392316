// Which reader a file or folder is for, by its name and what lies in it.

#pragma once

#include <string>
#include <vector>

#include "advice/look.h"

namespace dlrun {

// Fills kind, keys, has_val, test, classification and guesses of what the reader needs. Throws as look_at_data().
DataLook find_reader(const LookOptions& options);

// The same of a table, where the question is what its columns are.
void find_columns(const LookOptions& options, DataLook& look);

// A text as a YAML scalar that reads back as it.
std::string quoted(const std::string& text);

}  // namespace dlrun
