// The interface of losses: what the network said against what was true, as one differentiable number and its weight.

#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/field.h"
#include "tensor/batch.h"
#include "tensor/chances.h"

namespace dlrun {

// Two scalars on the device of what they were computed from. Means of several parts, weighted by their weights, are the
// mean of all of them; nobody has to read a number for that.
struct Weighted {
  at::Tensor mean;    // differentiable, in the prediction's dtype; 0 (and no gradient) where nothing counts
  at::Tensor weight;  // what it is a mean over: so many samples, tokens, pixels, or the sum of their weights; float64
  // What a sum of several losses is made of, to be recorded: by name, without gradients, means like the first.
  std::vector<std::pair<std::string, at::Tensor>> parts = {};
};

// What a loss learns itself (a centre for each class), and the deviation of the normal distribution it starts from.
struct OwnWeight {
  std::string name;  // "centers"
  std::vector<int64_t> sizes;
  double deviation = 1.0;
};

struct Loss : Params {
  static constexpr const char* kind = "loss";
  // `answer` is what the network gave ("output"; "embedding" where that is a place among others), `truth` what it is
  // compared with ("target", and what belongs to it: "target.lengths"; "weight" [N] float where samples count
  // differently). Throws UserError(bad_recipe) for what it cannot compare, NoSuchTensor for what is missing.
  virtual Weighted forward(const Batch& answer, const Batch& truth) const = 0;
  // How many numbers the network must give for this many classes.
  virtual int64_t outputs(int64_t classes) const { return classes; }
  // What the scores it teaches mean. One number for two classes is always the logit of the second.
  virtual Chances chances() const { return Chances::softmax; }
  // Targets of this value count for nothing here, and so in nothing that is measured; none: all count.
  virtual std::optional<int64_t> ignored() const { return {}; }

  // Weights of its own that learn, beside a network whose embeddings have `width` numbers. A task that trains them
  // keeps them in what it assembles, and puts them into every answer as "loss.<name>".
  virtual std::vector<OwnWeight> weights(int64_t width, int64_t classes) const { return {}; }

  // Whether it still has to know how many training samples each class has; and then, once, how many these are.
  virtual bool asks_for_counts() const { return false; }
  virtual void know_counts(const std::vector<int64_t>& samples_of_class) {}

  // How many numbers the network must give for so many numbers to predict, and which of what it gave are these.
  virtual int64_t numbers(int64_t targets) const { return targets; }
  virtual at::Tensor predicted(const at::Tensor& output) const { return output; }

  // What stands in a target where nothing is: behind the end of a sequence, at pixels without a class. PyTorch's value.
  static constexpr int64_t padding = -100;
};

// What a mean is made of, row i of sample i: what is added up, and what the sum is divided by (undefined: 1 each).
struct Terms {
  at::Tensor loss, weight = {};
};

// A loss of one prediction and one target: most are.
struct PairLoss : Loss {
  // Shapes: see each loss.
  virtual Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const = 0;
  // The same before the mean, for samples that count differently. Throws UserError(bad_recipe) where a loss is no mean
  // over samples.
  virtual Terms terms(const at::Tensor& prediction, const at::Tensor& target) const;
  // With "weight" in `truth`: the mean in which each sample counts that much.
  Weighted forward(const Batch& answer, const Batch& truth) const final;
};

// A pair loss that is the plain mean of its terms.
struct TermLoss : PairLoss {
  Terms terms(const at::Tensor& prediction, const at::Tensor& target) const override = 0;
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const final;
};

// Throws UserError(bad_recipe) unless both are numbers of one shape; `name` is the loss's, for the message.
void expect_numbers(const char* name, const at::Tensor& prediction, const at::Tensor& target);

// A weight that is known without looking at values: `count` targets that all count alike.
at::Tensor weight_of(int64_t count, const at::Tensor& like);

// The mean whose terms add up to `sum` and their weights to `weight`; 0 where that is 0.
Weighted mean_of(const at::Tensor& sum, const at::Tensor& weight);

}  // namespace dlrun
