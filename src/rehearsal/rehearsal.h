// A rehearsal: one training step without values, to see what runs, whether it fits, and what it costs.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/memory.h"
#include "experiment/experiment.h"
#include "tensor/mixed.h"
#include "tensor/tap.h"

namespace dlrun {

// Where operators run that belong to no module: the task and its loss.
inline const std::string outside_of_modules = "(loss)";

struct RehearsalOptions {
  int64_t batch_size = 1;            // of an optimizer step
  std::optional<int64_t> part = {};  // rows that go through the network at once; by default the recipe's share
  // Computes in this type where torch.autocast would; by default as the recipe says.
  std::optional<at::ScalarType> mixed = {};
  int64_t repeat = 1;  // steps until the heap has the holes that later steps need: 3 for a good prediction of memory
  TapReader reader = nullptr;  // is told of every call as well
};

// What one module did itself; what modules inside it did is theirs.
struct ModuleCost {
  std::string path;            // "layer1.0.conv1"; "" is the network, the last one is `outside_of_modules`
  std::string op;              // its main operator, without "aten::"; empty when it called none
  std::vector<int64_t> shape;  // of what it or the last module inside gave; -1 is the batch; empty when it did not run
  int64_t parameters = 0, trainable = 0;
  int64_t forward = 0, backward = 0;  // operations of an optimizer step
  int64_t kept = 0;                   // bytes made in it that wait for the backward pass
};

// One optimizer step of all players. Memory in bytes, as a CPU would need it.
struct StepCost {
  int64_t batch_size = 0;
  at::ScalarType computed = at::kFloat;  // the type of products and convolutions
  bool throughout = false;               // and of all else in the networks
  int64_t forward = 0, backward = 0;     // operations
  int64_t weights = 0;                   // parameters and buffers
  int64_t gradients = 0, optimizer = 0, averages = 0;
  int64_t activations = 0;  // kept for the backward pass of the hungriest player
  int64_t working = 0;      // the most beyond weights, gradients and optimizer at one time
  int64_t tensors = 0;      // the most that tensors take at one time: all of the above, and the batch
  int64_t batches = 0;      // those the loader holds ready, and the making of one more
  int64_t footprint = 0;    // what the heap takes for `tensors`: more, because it has holes
  int64_t own = 0;          // what libtorch takes for itself when it first computes

  // The largest resident set of a process that trains; `before` it takes the first step, its data opened.
  int64_t peak(const ProcessMemory& before) const;
};

struct Rehearsal {
  std::vector<ModuleCost> modules;  // depth first, in order of registration
  StepCost cost;
  std::vector<std::string> unused;  // parameters no operator of a forward pass took; empty if `mixed`
};

// An operator refused what it was given.
struct RehearsalError : std::runtime_error {
  RehearsalError(const TappedCall& call, const std::string& reason, bool values);
  std::string module;  // path of the module it ran in, or `outside_of_modules`
  std::string op;      // "linear"
  std::string shapes;  // "[64, 512], [10, 256]"
  std::string why;     // libtorch's first line
  bool needs_values;   // the network reads numbers, which `meta` has not: nothing is wrong with it
};

// `experiment.network` is on `meta` (BuildOptions::weights = false) and is not fit for training afterwards. Also works
// with real weights, and then with real numbers. Throws RehearsalError, and UserError as a step would.
Rehearsal rehearse(const Experiment& experiment, const RehearsalOptions& options);

// The modules of a network with real weights, from one forward pass of every player over two samples, without
// gradients: operations and memory are those of two. Leaves network, buffers and random streams as they were.
std::vector<ModuleCost> watch(const Experiment& experiment);

// Runs work on tensors of which some are on `meta`. Throws RehearsalError where an operator refuses.
void rehearse_work(const std::function<void()>& work, const TapReader& reader = nullptr,
                   MixedPrecision* mixed = nullptr);

// A batch of `rows` samples in the place and order the network wants, made of a few samples of the training data:
// floating point tensors without values where the network has none. A graph stays as it is, and where the sampler makes
// whole batches it has the rows of one. `training`: changed as training samples are; otherwise as held-out ones.
Batch sample_batch(const Experiment& experiment, int64_t rows, bool training = false);

// What the loader takes for training batches of `rows`, in bytes: measured on a few samples.
struct LoadingCost {
  int64_t ready = 0;      // batches that wait for their turn; tensors that batches share with the data count as nothing
  int64_t preparing = 0;  // the most that making one takes beside it
};
LoadingCost loading_cost(const Experiment& experiment, int64_t rows);

}  // namespace dlrun
