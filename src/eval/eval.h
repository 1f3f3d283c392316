// The verb eval. Torch-free: the front program includes this header and calls the engine through it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct EvalOptions : CommonOptions {
  std::string run;                     // a run folder, or an ONNX file
  std::string split;                   // train, val or test; empty: test, or val where there is none
  std::string checkpoint = "best";     // best, last, or a step
  std::string recipe;                  // ONNX files: a recipe in the place of the one they carry
  std::string engine;                  // ONNX files: dlrun, onnxruntime, or "" to choose by file
  std::vector<std::string> overrides;  // "a.b=value": where the data lies now, the device
  std::vector<std::string> inputs;     // files with answers in them, instead of a split of the recipe's data
  std::string by;                      // a column of the table: the numbers of each group of its values too
  std::string pictures;                // a folder for drawings of what metrics give as tables; empty: none
  int64_t bootstrap = 1000;            // how often samples are drawn again for an interval; 0: no interval
  int64_t seed = 0;                    // of these draws
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_eval(const dlrun::EvalOptions& options);
