// The interface of architectures: from a recipe's parameters and the shapes of the data to a network.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/reference.h"
#include "nn/module.h"
#include "spec/field.h"

namespace dlrun {

// What the data and the task ask of a network.
struct Shapes {
  std::vector<int64_t> input;  // one sample: [C, H, W] images, [F] rows and node features, [T] tokens
  int64_t outputs = 0;         // classes, values to predict, or size of the vocabulary
  int64_t vocabulary = 0;      // >0: the input holds token ids below it
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

 protected:
  // The fields above; each architecture puts its own first.
  std::vector<Field> with_common(std::vector<Field> fields);
};

}  // namespace dlrun
