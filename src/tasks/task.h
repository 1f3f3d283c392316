// The interface of tasks: how a batch becomes losses, metrics and predictions. One file per way of learning.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "models/architecture.h"
#include "nn/module.h"
#include "spec/field.h"

namespace dlrun {

// What one batch gave.
struct Outcome {
  Weighted loss;                                          // training calls backward() on its mean
  std::vector<std::pair<std::string, at::Tensor>> parts;  // further scalars to record, by name: means like the loss
  // What metrics compare: the answer ("output", or "embedding" where that is a place among others) with "target", in
  // the target's own units, without gradients. Rows are those of the batch, or not of samples at all. Empty where there
  // is nothing to compare.
  Batch answer = {}, truth = {};
  at::Tensor ignored = {};  // how many targets counted() left out; undefined where the loss ignores none

  bool comparable() const { return !answer.items().empty() && truth.has("target"); }
};

// Two outcomes as one: means by their weights, rows one after the other.
Outcome joined(const Outcome& a, const Outcome& b);

// The outcome with what counts alone, so that no metric has to know of targets that the loss ignores: of one class for
// each sample the rows of ignored targets are gone, in sequences and pictures their targets are padding.
Outcome counted(Outcome outcome, const Loss& loss);

// Parameters that learn together: they have an optimizer of their own and one turn in every step.
struct Player {
  std::string name;  // "" when there is only one
  Module* module;
  int64_t every = 1;  // it has its turn in the steps that this divides, counted from 1
};

// A second source of samples: every training batch holds as many of them as of the first, their fields behind a prefix.
struct Stream {
  std::string prefix;  // "unlabelled."
  std::string split;   // "unlabelled"
};

// What one player's turn is made of.
struct Turn {
  Module& all;  // what assemble() gave
  const Loss& loss;
  const Batch& batch;
  size_t player = 0;
  int64_t step = 0;  // optimizer steps done before it
};

// Makes a network as the recipe says: initial or pretrained weights, frozen parameters. Each call makes another one.
using NetworkMaker = std::function<std::shared_ptr<Network>()>;

struct GenerateOptions {
  std::string prompt;
  int64_t samples = 1;
  int64_t max_tokens = 200;
  double temperature = 1.0;
  int64_t top_k = 0;
  uint64_t seed = 0;
  std::vector<int64_t> tokens = {};  // in the place of a prompt: the text so far, of any length
};

struct Generated {
  std::vector<std::string> texts;
  at::Tensor picture;  // uint8 [C, H, W], or undefined
};

// Works on what assemble() gave and keeps nothing between batches but what bind() was given: what a way of learning
// has to remember (a teacher, a queue) is a module, so that it is saved and comes back like weights.
struct Task : Params {
  static constexpr const char* kind = "task";

  // Called once, before everything else.
  virtual void bind(const DataInfo& info) { info_ = info; }
  const DataInfo& info() const { return info_; }

  // Targets are classes: the data room numbers them.
  virtual bool classification() const { return false; }
  // What the data and the loss ask of the network. Throws UserError(bad_recipe) when the data do not suit the task.
  virtual Shapes shapes(const Loss& loss) const = 0;
  virtual std::string default_loss() const = 0;
  virtual std::vector<std::string> default_metrics() const { return {}; }
  // What "best" means when the recipe does not say: a recorded name; empty keeps the last checkpoint.
  virtual std::string default_monitor() const { return "val/loss"; }

  // Everything that learns or remembers, as one module. Throws UserError(bad_recipe) when the network lacks what the
  // task needs.
  virtual std::shared_ptr<Module> assemble(const NetworkMaker& make) const { return make(); }
  // The network in it that evaluation, predictions and exports ask. `all` may be that network alone (an exported one).
  virtual Network& answering(Module& all) const { return static_cast<Network&>(all); }
  virtual std::vector<Player> players(Module& all) const { return {{"", &all}}; }

  // Whether the answers of several networks can be averaged: the probabilities of classes, or the numbers themselves.
  virtual bool averages() const { return false; }

  // What training batches hold beside the samples of "train". Throws nothing; a split that the data lack is an error.
  virtual std::vector<Stream> streams() const { return {}; }

  // One player's turn: forward and loss.
  virtual Outcome turn(const Turn& turn) const = 0;
  // The same on held-out data, without gradients.
  virtual Outcome evaluate(const Turn& turn) const { return this->turn(turn); }
  // After all players of step `step` (from 1) were updated, without gradients: what follows from the new weights.
  virtual void after_update(Module& all, int64_t step) const {}
  // false: held-out data say nothing about this task (adversarial).
  virtual bool evaluates() const { return true; }
  // Numbers that follow from a split's results ("loss"): perplexity.
  virtual Results derived(double mean_loss) const { return {}; }

  // One JSON object per sample of the batch.
  virtual nlohmann::json predict(Network& network, const Batch& batch) const = 0;
  // Tasks whose prediction is new data. Draws from options.seed alone.
  virtual bool generates() const { return false; }
  virtual Generated generate(Network& network, const GenerateOptions& options) const { return {}; }
  // A picture of what the network does, for a person to look at after each epoch: uint8 [C, H, W], or undefined. Must
  // not draw from the run's random streams.
  virtual at::Tensor picture(Network& network, const Batch& batch) const { return {}; }
  // Whether picture() ever gives one: nobody prepares samples for a task that draws none.
  virtual bool draws() const { return false; }

  // Called once, behind bind(): by which loss it learns, and so what its scores mean.
  virtual void teach(const Loss& loss) { chances_ = loss.chances(); }
  Chances chances() const { return chances_; }
  // Whether its loss counts samples by the "weight" [N] float of a batch.
  virtual bool weighs_samples() const { return false; }

 protected:
  Shapes shapes_of(int64_t outputs, Shapes::Per per = Shapes::Per::sample) const;  // the inputs are those of the data

 private:
  DataInfo info_;
  Chances chances_ = Chances::softmax;
};

// Batches of one tensor: "output", "target".
Batch answer_of(at::Tensor output);
Batch truth_of(at::Tensor target);

// Images [N, C, H, W] float as one picture, uint8 [C, H', W'], `columns` in a row. `low` becomes black, `high` white.
at::Tensor picture_of(const at::Tensor& images, int64_t columns, double low, double high);

}  // namespace dlrun
