// The verb eval. Torch-free: the front program includes this header and calls the engine through it.

#pragma once

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
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_eval(const dlrun::EvalOptions& options);
