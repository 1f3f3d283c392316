// The interface of tasks: how a batch becomes losses, metrics and predictions. One file per way of learning.

#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "losses/loss.h"
#include "models/architecture.h"
#include "nn/module.h"
#include "spec/field.h"

namespace dlrun {

// What one batch gave.
struct Outcome {
  at::Tensor loss;                                        // scalar; training calls backward() on it
  std::vector<std::pair<std::string, at::Tensor>> parts;  // further scalars to record, by name
  at::Tensor prediction, target;                          // for metrics, in the target's own units; may be undefined
  double weight = 0;  // what the loss is a mean over: so many samples, tokens, nodes, or the sum of their weights
};

// Two outcomes as one: means by their weights.
Outcome joined(const Outcome& a, const Outcome& b);

// Parameters that learn together: they have an optimizer of their own and one turn in every step.
struct Player {
  std::string name;  // "" when there is only one
  Module* module;
};

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

// Works on one network at a time and keeps nothing between batches but what bind() was given.
struct Task : Params {
  static constexpr const char* kind = "task";

  // Called once, before everything else.
  void bind(DataInfo info) { info_ = std::move(info); }
  const DataInfo& info() const { return info_; }

  // Targets are classes: the data room numbers them.
  virtual bool classification() const { return false; }
  // What the data and the loss ask of the network. Throws UserError(bad_recipe) when the data do not suit the task.
  virtual Shapes shapes(const Loss& loss) const = 0;
  virtual std::string default_loss() const = 0;
  virtual std::vector<std::string> default_metrics() const { return {}; }
  // What "best" means when the recipe does not say: a recorded name; empty keeps the last checkpoint.
  virtual std::string default_monitor() const { return "val/loss"; }

  // Throws UserError(bad_recipe) when the network lacks what the task needs.
  virtual std::vector<Player> players(Network& network) const { return {{"", &network}}; }
  // One player's turn: forward and loss.
  virtual Outcome step(Network& network, const Loss& loss, const Batch& batch, size_t player) const = 0;
  // The same on held-out data, without gradients.
  virtual Outcome evaluate(Network& network, const Loss& loss, const Batch& batch) const {
    return step(network, loss, batch, 0);
  }
  // The weight that step() will give this batch: its share in a step that takes a batch in parts.
  virtual double weight(const Loss& loss, const Batch& batch) const { return loss.weight(batch["target"]); }
  // false: held-out data say nothing about this task (adversarial).
  virtual bool evaluates() const { return true; }
  // Numbers that follow from a split's results ("loss"): perplexity.
  virtual std::vector<std::pair<std::string, double>> derived(double mean_loss) const { return {}; }

  // One JSON object per sample of the batch.
  virtual nlohmann::json predict(Network& network, const Batch& batch) const = 0;
  // Tasks whose prediction is new data. Draws from options.seed alone.
  virtual bool generates() const { return false; }
  virtual Generated generate(Network& network, const GenerateOptions& options) const { return {}; }
  // A picture of what the network does, for a person to look at after each epoch: uint8 [C, H, W], or undefined. Must
  // not draw from the run's random streams.
  virtual at::Tensor picture(Network& network, const Batch& batch) const { return {}; }

 private:
  DataInfo info_;
};

// Images [N, C, H, W] float as one picture, uint8 [C, H', W'], `columns` in a row. `low` becomes black, `high` white.
at::Tensor picture_of(const at::Tensor& images, int64_t columns, double low, double high);

}  // namespace dlrun
