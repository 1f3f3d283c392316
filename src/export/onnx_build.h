// From a network to an ONNX model, with what surrounds it: preprocessing, results in people's terms, metadata.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/restored.h"
#include "export/onnx_subject.h"
#include "onnx/model.h"
#include "tensor/trace.h"

namespace dlrun {

// scale * x + shift for each channel of images as the data have them.
struct OnnxPreprocessing {
  at::ScalarType type = at::kByte;  // of those images
  at::Tensor scale, shift;          // [C, 1, 1] float
};

// What loader and augmentations do to a sample that is not for training, found by giving them plain images. Nothing
// when they leave it as it is. Throws UserError(bad_recipe) when it is more than a scale and a shift for each channel,
// and for texts and series, of which more is done by the reader.
std::optional<OnnxPreprocessing> find_preprocessing(const Experiment& experiment, const std::string& split);

struct OnnxBuild {
  OnnxModel model;
  Trace trace;                     // the first of the recorded passes
  std::vector<std::string> names;  // of its values in the model; "" where it has none
};

// Records the network in evaluation mode at four sizes and lowers what it saw. Leaves its mode as it was. Throws
// UserError(bad_recipe) naming the operator and the module that cannot be expressed.
OnnxBuild build_onnx(const OnnxSubject& subject, Network& network, int64_t opset);

// Puts the preprocessing in front: "input" then takes images as the data have them.
void put_before(OnnxModel& model, const OnnxPreprocessing& preprocessing);
// Adds an output in the task's terms: "probabilities" of classes, "value" of a regression in the
// target's unit. Nothing for other tasks.
void put_after(OnnxModel& model, const Task& task);
// What a person or program needs to know to use the file, under keys that begin with "dlrun.". `preprocessing`:
// "inside" where it holds what put_before() adds, "columns" where TableFront::put_before() does, or empty.
void describe_in(OnnxModel& model, const Restored& run, const OnnxSubject& subject, const std::string& preprocessing);

}  // namespace dlrun
