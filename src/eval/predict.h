// The verb predict. Torch-free: the front program includes this header and calls the engine through it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct PredictOptions : CommonOptions {
  std::string run;                  // a run folder, or an ONNX file
  std::string checkpoint = "best";  // best, last, or a step
  std::vector<std::string> inputs;  // files or folders; none: samples of `split`; .safetensors: tensors as they are
  std::string split;     // where samples come from when there are no inputs; empty: test, or val where there is none
  std::string output;    // a file or folder to write to; empty: stdout
  int64_t samples = 10;  // how many samples to predict or to generate
  std::string prompt;    // language models: the text to continue
  int64_t max_tokens = 200;            // language models: how many tokens to generate
  double temperature = 1.0;            // language models: 0 takes the most likely token
  int64_t top_k = 0;                   // language models: sample among the k most likely tokens; 0: among all
  int64_t seed = 0;                    // of everything sampled here
  std::string recipe;                  // ONNX files: a recipe in the place of the one they carry
  std::string engine;                  // ONNX files: dlrun, onnxruntime, or "" to choose by file
  std::vector<std::string> overrides;  // "a.b=value": where the data lies now, the device
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_predict(const dlrun::PredictOptions& options);
