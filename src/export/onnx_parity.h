// Whether an exported file answers as the trained network does.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "export/onnx_build.h"
#include "export/onnx_subject.h"
#include "onnx/evaluator.h"
#include "onnx/runtime.h"

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
  const OnnxRuntimeSession* witness = nullptr;  // the same file in onnxruntime, where that is found
};

struct ParityReport {
  int64_t samples = 0;    // of the data that were compared; made-up inputs of other sizes are not counted
  double absolute = 0.0;  // largest difference of any output
  double relative = 0.0;  // as a share of the largest number of that output
  double witness_absolute = 0.0, witness_relative = 0.0;  // the same of the witness
  struct Metric {
    std::string name;  // "val/accuracy"
    double trained, exported;
  };
  std::vector<Metric> metrics;

  // The largest differences of both.
  void join(const ParityReport& other);
};

// How far an output lies from what the network gives, and as a share of its largest number; without bounds where one
// alone is no number. `within`: by the rule of ParityRequest::tolerance.
struct OutputDifference {
  double absolute = 0.0, relative = 0.0;
  bool within = true;
};
OutputDifference output_difference(const at::Tensor& expected, const at::Tensor& actual, double tolerance);

// Runs file and network on samples of the data, alone and in batches, and on made-up inputs of other sizes. Throws
// UserError(bug) when they differ by more than the tolerance, naming the first operator that does, or when the witness
// alone differs.
ParityReport check_parity(const ParityRequest& request);

}  // namespace dlrun
