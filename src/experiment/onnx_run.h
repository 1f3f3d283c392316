// An ONNX file as a trained run: eval and predict work from it as from a run folder.

#pragma once

#include <string>

#include "experiment/onnx_network.h"
#include "experiment/restored.h"

namespace dlrun {

// Whether a path means an ONNX file rather than a run folder: it is a file, or is missing and ends in ".onnx".
bool is_onnx_file(const std::string& path);

// What runs a model: dlrun's evaluator (engine "dlrun"), or "onnxruntime" with so many threads, which reads `file` by
// itself; with "" dlrun runs what dlrun wrote, and other files where no onnxruntime is found. Throws UserError(bad_data) for a model that cannot be run, no_input where onnxruntime is missing.
OnnxRunner onnx_runner(const std::string& engine, const std::string& file, const OnnxModel& model, int threads);

// A file that dlrun wrote carries its recipe and all that was fitted on the training data; of a file by another
// program, or where `recipe` is given, the recipe says what the data are and what is done to them, and its architecture
// counts for nothing. Computes on the CPU. Throws UserError: no_input for missing files, bad_data for a damaged file or
// one that does not suit the data, usage without a recipe.
Restored restore_onnx(const RestoreOptions& options);

}  // namespace dlrun
