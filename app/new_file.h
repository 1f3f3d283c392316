// A recipe that a verb writes for a person to go on with.

#pragma once

#include <string>

namespace dlrun {

// Throws UserError(cannot_write) where something is at that place.
void require_new(const std::string& file);

// Writes it, with the line by which editors find the schema where one is installed, and says what comes next: on
// stdout, with `json` as one record of the event.
void write_new_recipe(const std::string& file, const std::string& text, const std::string& event, bool json);

}  // namespace dlrun
