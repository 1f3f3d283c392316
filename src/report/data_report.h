// The findings of a data check as text, as JSON and as a page.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/finding.h"
#include "base/terminal.h"

namespace dlrun {

std::string gravity_text(Gravity gravity);  // "error", "warning", "note"

// One finding: gravity and name, what was found, a few examples, what to do.
std::string finding_text(const DataFinding& finding, const Terminal& terminal);
// {"finding": ..., "gravity": ..., "what": ..., "count": ..., "of": ..., "examples": [...], ...}
nlohmann::ordered_json finding_json(const DataFinding& finding);

// A page that needs nothing but itself: examples that are pictures are shown, as PNG inside the page, where the plugin
// that encodes them is there.
std::string data_page(const std::string& title, const std::string& summary, const std::vector<DataFinding>& findings,
                      const Splits& splits);

}  // namespace dlrun
