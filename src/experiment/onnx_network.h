// An ONNX file in the place of a network: tasks, losses and metrics work on it as on any other.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "models/generative.h"
#include "onnx/model.h"
#include "tasks/task.h"

namespace dlrun {

// Runs a model: values by name in, all its outputs by name out.
using OnnxRunner = std::function<std::map<std::string, at::Tensor>(const std::map<std::string, at::Tensor>& inputs)>;

struct OnnxNetworkOptions {
  std::string file;            // for messages
  OnnxModel model;             // what it takes and gives; weights are not needed
  OnnxRunner run;              // of the same model
  DataInfo info;               // of the data, as the task sees them
  int64_t outputs = 0;         // numbers per sample, node or token that the task waits for (Shapes::outputs)
  bool raw = false;            // its images are those of the data, before anything is done to them: the field "raw"
  bool discriminator = false;  // of two adversarial networks it is the one that judges
};

// Forward passes on the CPU, without gradients and without parameters.
//
// What a batch holds goes to the model's inputs by name, else to the first that suits in type and number of dimensions.
// Types are converted (float to half, int64 to int32), and a fixed batch size is met by filling up. The output called
// "output", else the only one whose shape is what the task waits for, answers as "output"; the others keep their names.
// Throws UserError(bad_data) naming both shapes where nothing fits.
//
// A generator and its discriminator are two files: the part a file does not hold throws UserError(usage) when it is
// asked for.
std::shared_ptr<GenerativeNetwork> onnx_network(OnnxNetworkOptions options);

}  // namespace dlrun
