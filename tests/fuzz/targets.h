// What each fuzz target does with its bytes. Throws when a rule is broken, whatever the bytes; answers whether they
// were accepted. The test of the corpus does the same.

#pragma once

#include "bytes.h"

namespace dlrun::fuzz {

bool index(Bytes bytes);        // the reader of indices of safetensors files
bool safetensors(Bytes bytes);  // of safetensors files
bool torch_file(Bytes bytes);   // of PyTorch files; bytes that begin with "P" and no "K" are a pickle to put into one
bool onnx(Bytes bytes);         // of ONNX files
bool evaluator(Bytes bytes);    // ONNX models, run within small limits

}  // namespace dlrun::fuzz
