// The interface of losses: what the network said against what was true, as one differentiable number and its weight.

#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "spec/field.h"
#include "tensor/batch.h"

namespace dlrun {

// Two scalars on the device of what they were computed from. Means of several parts, weighted by their weights, are the
// mean of all of them; nobody has to read a number for that.
struct Weighted {
  at::Tensor mean;    // differentiable, in the prediction's dtype; 0 (and no gradient) where nothing counts
  at::Tensor weight;  // what it is a mean over: so many samples, tokens, pixels, or the sum of their weights; float64
};

// How scores of classes become probabilities, by what a loss taught them to be.
enum class Chances {
  softmax,  // one class of all: they add up to 1
  sigmoid,  // each class against the rest
};

struct Loss : Params {
  static constexpr const char* kind = "loss";
  // `answer` is what the network gave ("output"), `truth` what it is compared with ("target", and what belongs to it:
  // "target.lengths"). Throws UserError(bad_recipe) for what it cannot compare, NoSuchTensor for what is missing.
  virtual Weighted forward(const Batch& answer, const Batch& truth) const = 0;
  // How many numbers the network must give for this many classes.
  virtual int64_t outputs(int64_t classes) const { return classes; }
  // What the scores it teaches mean. One number for two classes is always the logit of the second.
  virtual Chances chances() const { return Chances::softmax; }
  // Targets of this value count for nothing here, and so in nothing that is measured; none: all count.
  virtual std::optional<int64_t> ignored() const { return {}; }

  // What stands in a target where nothing is: behind the end of a sequence, at pixels without a class. PyTorch's value.
  static constexpr int64_t padding = -100;
};

// scores [..., classes] -> their probabilities, of the same shape; [..., 1] of two classes -> [..., 2].
at::Tensor probabilities(const at::Tensor& scores, Chances chances);

// A loss of one prediction and one target: most are.
struct PairLoss : Loss {
  // Shapes: see each loss.
  virtual Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const = 0;
  Weighted forward(const Batch& answer, const Batch& truth) const final {
    return compare(answer["output"], truth["target"]);
  }
};

// A weight that is known without looking at values: `count` targets that all count alike.
at::Tensor weight_of(int64_t count, const at::Tensor& like);

// The mean whose terms add up to `sum` and their weights to `weight`; 0 where that is 0.
Weighted mean_of(const at::Tensor& sum, const at::Tensor& weight);

}  // namespace dlrun
