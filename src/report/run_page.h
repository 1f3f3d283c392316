// One run, or several beside each other, as a page.

#pragma once

#include <span>
#include <string>

#include "report/run_record.h"

namespace dlrun {

// HTML. Of several runs the curves lie together and the recipes are told by what differs in them.
std::string run_page(std::span<const RunRecord> runs);

}  // namespace dlrun
