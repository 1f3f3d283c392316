// predict for an ONNX file and tensors: no recipe, no data, what is in one file goes through the other.

#pragma once

#include "eval/predict.h"

namespace dlrun {

// Whether the options ask for it: an ONNX file, and nothing but .safetensors files to predict.
bool takes_tensors(const PredictOptions& options);

// Gives the tensors of those files to the model's inputs of the same names; one tensor alone also goes to an only input
// of another name. Prints name, shape, type and range of every output, and writes them to `output` (safetensors) where
// that is given. Returns the exit code. Throws UserError: bad_data naming the input that is missing or does not fit,
// usage for options of a recipe.
int predict_tensors(const PredictOptions& options);

}  // namespace dlrun
