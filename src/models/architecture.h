// The interface of architectures: from a recipe's parameters and the shapes of the data to a network.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/field_info.h"
#include "models/reference.h"
#include "nn/cut.h"
#include "nn/module.h"
#include "spec/field.h"

namespace dlrun {

// What the data and the task ask of a network.
struct Shapes {
  // What an answer is about: a sample [N, K], a position [N, T, K], a pixel [N, K, H, W] (tasks make it [N, H, W, K]).
  enum class Per { sample, position, pixel };

  std::vector<FieldInfo> inputs;  // what a batch holds beside targets; "input" first
  int64_t outputs = 0;            // numbers of one answer: classes, values to predict, size of the vocabulary
  Per per = Per::sample;
  bool causal = false;  // an answer may follow from its position and those before it alone

  const FieldInfo& input() const { return inputs.at(0); }
  bool tokens() const { return input().means == FieldInfo::Means::tokens; }
};

struct Architecture : Params {
  static constexpr const char* kind = "architecture";
  std::string pretrained;
  std::string pretrained_prefix;
  std::vector<std::string> pretrained_ignore;
  std::vector<std::string> freeze;

  // A network with freshly initialised weights, drawn from ATen's default CPU generator. Throws UserError(bad_recipe)
  // naming the parameter when the shapes do not fit.
  virtual std::shared_ptr<Network> build(const Shapes& shapes) const = 0;
  // Where a Python library has this network too: `network` is what build(shapes) gave.
  virtual std::optional<Reference> reference(const Shapes& shapes, const Network& network) const {
    return std::nullopt;
  }
  // Changes tensors of a file, under the names of `network`'s own, to what it takes in their place: positions of
  // pictures of another size. Gives what was done, a sentence each.
  virtual std::vector<std::string> fit_weights(const Network& network, TensorList& tensors) const { return {}; }
  // What of the network several processes may hold in parts (hardware.tensor_parallel_degree).
  virtual Cuts cuts() const { return {}; }
  // The modules that follow each other, each taking the tensor that the one before gave: expression on their names in
  // the network. Several processes may hold a run of them each (hardware.pipeline_parallel_degree). Empty: there are
  // none.
  virtual std::string blocks() const { return ""; }

 protected:
  // The fields above; each architecture puts its own first.
  std::vector<Field> with_common(std::vector<Field> fields);
};

}  // namespace dlrun
