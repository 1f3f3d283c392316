// What the members of a run came to, together.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/recipe.h"

namespace dlrun {

// Reads result.json of every member in `folder`, which must have finished: {"event": "members", "split", "members":
// [{"folder", "differs", "results"}], "mean", "deviation", "lowest", "highest"}, numbers by the names of results
// ("test/accuracy"); the deviation is that of a sample (n - 1), null of one member. "together" are the results of the
// mean of the members' answers, where they have one. With repeat.soup the soup is made and written, and "soup" says of
// which members and what it came to. Throws UserError(bad_data) for a result that is damaged.
nlohmann::ordered_json summarize_members(const Recipe& recipe, const std::string& folder);

// The same for a person.
std::vector<std::string> members_text(const nlohmann::ordered_json& summary);

}  // namespace dlrun
