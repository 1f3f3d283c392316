// A step that diverged, as it is told and kept: divergence/step-N/ in the run folder.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "step/fault.h"

namespace dlrun {

// A training sample of the batch.
struct SampleName {
  int64_t row = 0;    // of the batch
  int64_t index = 0;  // in the training split
  std::string name;   // Split::describe
};

// Of a batch of these samples, row by row.
std::vector<SampleName> name_samples(const Split& split, const std::vector<int64_t>& indices);
// "a.png (index 3), b.png (index 7) and 2 more".
std::string sample_names(const std::vector<SampleName>& samples);

struct Divergence {
  int64_t step = 0;   // the step that was not made, from 1
  int64_t epoch = 0;  // from 0, as the loader counts
  int64_t batch = 0;  // of the epoch, from 0
  size_t player = 0;
  std::string player_name;  // "" when there is only one
  double learning_rate = 0.0, loss = 0.0;
  Fault fault;
  std::vector<SampleName> samples;    // of the batch
  std::vector<SampleName> offending;  // those among them whose rows were not finite

  std::string text() const;  // what happened, several lines, without a line end
  nlohmann::ordered_json json() const;
};

// What running the turn again needs.
struct DivergenceFiles {
  const Batch& batch;     // batch.safetensors
  TensorList state;       // state.safetensors: parameters, buffers and random streams before the turn
  nlohmann::json fitted;  // beside the state
};

// Writes report.json, report.txt, batch.safetensors and state.safetensors into <run folder>/divergence/step-N, which
// appears complete or not at all, and gives its path. Throws UserError as FileSystem does.
std::string write_divergence(const std::string& run_folder, const Divergence& divergence, const DivergenceFiles& files);

}  // namespace dlrun
