// What of a run becomes an ONNX file: one network, and inputs of any size for it.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "onnx/sizes.h"
#include "tasks/several_targets.h"

namespace dlrun {

struct OnnxSubject {
  std::string name;                            // of its file, without the ending: "model", "discriminator"
  std::function<Batch(const Batch&)> forward;  // what the network answers, in its mode of the moment
  std::vector<NamedTensor> state;              // parameters and buffers, under the names of the whole network
  // Dimensions of the inputs that may have any size, with the sizes of the four passes that are recorded.
  std::vector<DynamicSize> dimensions;
  // Made-up inputs (the same ones for the same sizes), a size for each dimension. They may hold more than is used.
  std::function<Batch(const std::vector<int64_t>& sizes)> make;
  bool takes_samples = true;  // false: no sample of the data is an input (a generator's)
};

// The output of a file that holds what the network gives for one of several targets: "output.<target>".
inline std::string output_of_target(const std::string& target) { return "output." + target; }

// The network of the experiment, first, with the sequence length dynamic where the network allows it; for a generator
// and its discriminator the generator. Of several targets each has an output too.
OnnxSubject onnx_subject(const Experiment& experiment);
// The discriminator of a GenerativeNetwork. Throws UserError(bad_recipe) for other networks.
OnnxSubject onnx_discriminator(const Experiment& experiment);

// The same without an experiment: `inputs` are what a batch holds for the network, "input" first.
OnnxSubject onnx_subject(Network& network, const std::vector<FieldInfo>& inputs);

}  // namespace dlrun
