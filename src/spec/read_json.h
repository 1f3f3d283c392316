// JSON of our own -> typed parameters: as strictly as recipes are read, by the same fields().

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "spec/field.h"
#include "spec/tree.h"

namespace dlrun {

// What reads back as this value. Numbers are plain, text is quoted.
Node node_of_json(const nlohmann::json& json);

// Reads a group that dlrun wrote. A file is input whatever its hash says: throws UserError(bad_data) with every
// problem, "SOURCE: path.to.key: required, but not given". `key` is where in the file the group lies
// ("values.position"; "" for the whole). What the group does not know is left out: another version may have written
// more.
void read_json(const nlohmann::json& json, const std::string& source, const std::string& key, Params& group);

}  // namespace dlrun
