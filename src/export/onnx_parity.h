// Whether an exported file answers as the trained network does.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "export/onnx_build.h"
#include "export/onnx_subject.h"
#include "onnx/evaluator.h"

namespace dlrun {

struct ParityRequest {
  const Experiment& experiment;
  const OnnxSubject& subject;
  const OnnxBuild& build;                          // what the file was written from
  const OnnxEvaluator& evaluator;                  // of the file as it was read back
  std::optional<OnnxPreprocessing> preprocessing;  // in the file: its input takes samples as the data have them
  std::string split;                               // where samples come from
  int64_t samples = 0;                             // how many of them
  double tolerance = 0.0;  // of differences, as a share of the largest number of an output or of 1, whichever is more
};

struct ParityReport {
  int64_t samples = 0;    // of the data that were compared; made-up inputs of other sizes are not counted
  double absolute = 0.0;  // largest difference of any output
  double relative = 0.0;  // as a share of the largest number of that output
  struct Metric {
    std::string name;  // "val/accuracy"
    double trained, exported;
  };
  std::vector<Metric> metrics;
};

// Runs both on samples of the data, alone and in batches, and on made-up inputs of other sizes. Throws UserError(bug)
// when they differ by more than the tolerance, naming the first operator that does.
ParityReport check_parity(const ParityRequest& request);

}  // namespace dlrun
