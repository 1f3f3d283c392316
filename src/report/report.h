// The verb report: run folders, or a sweep -> a page. Torch-free: the front program includes it.

#pragma once

#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct ReportOptions : CommonOptions {
  std::vector<std::string> runs;  // run folders; one that holds members stands for them; or the folder of one sweep
  bool tells = true;              // says where the page is
  bool evaluate = false;          // look at the held-out samples again, for what the run folder does not hold
  std::string png;                // file for the curves as a picture; empty: none
  std::string output;             // empty: RUN/report.html of one run, report.html of several
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_report(const dlrun::ReportOptions& options);
