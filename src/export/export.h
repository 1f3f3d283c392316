// The verb export. Torch-free: the front program includes this header and calls the engine through it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct ExportOptions : CommonOptions {
  std::string run;                     // a run folder
  std::string format;                  // an exporter of the catalog; empty: the recipe's
  std::string output;                  // a folder; empty: export/ in the run folder
  std::string checkpoint = "best";     // best, last, or a step
  std::vector<std::string> overrides;  // "a.b=value"
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_export(const dlrun::ExportOptions& options);
