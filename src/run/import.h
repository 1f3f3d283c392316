// The verb import: weights of another program as a safetensors file. Torch-free: the front program includes it.

#pragma once

#include <string>

#include "base/options.h"

namespace dlrun {

struct ImportOptions : CommonOptions {
  std::string input;       // a PyTorch file, a safetensors file, the index of several, or a folder
  std::string output;      // a file; empty: that of the input, ending in .safetensors
  std::string key;         // which table of a PyTorch file; empty: the only one
  bool overwrite = false;  // an output that exists is replaced
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_import(const dlrun::ImportOptions& options);
