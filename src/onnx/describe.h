// The verb describe for an ONNX file: what goes in and out, what it is made of, whether it can be run. Torch-free: the
// front program includes this header and calls the engine through it.

#pragma once

#include <string>

#include "base/options.h"

namespace dlrun {

struct DescribeModelOptions : CommonOptions {
  std::string file;
};

}  // namespace dlrun

// Returns the exit code; throws UserError.
extern "C" int dlrun_describe_model(const dlrun::DescribeModelOptions& options);
