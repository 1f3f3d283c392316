// From a recipe to live objects: data, network, loss, metrics.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/feed.h"
#include "experiment/recipe.h"

namespace dlrun {

class Group;
class PartedNetwork;
class PipelineStage;

// Everything a run works with. The recipe outlives it.
struct Experiment {
  Recipe& recipe;
  at::Device device = at::kCPU;
  bool channels_last = false;
  // The processes that train together; of one unless somebody says otherwise: all of them, those that share the rows of
  // every batch, and those who have the other parts of the network. A process is in one of each.
  std::shared_ptr<Group> group, sharers, holders;
  std::vector<std::string> pixels;  // fields of a batch that are images
  bool keep_raw = false;            // batches hold the samples as the data have them, too (LoaderOptions)
  Splits splits;
  std::vector<std::shared_ptr<const Augmentation>> augmentations;
  std::shared_ptr<Module> all;       // everything that learns or remembers: what a checkpoint holds as "model."
  std::shared_ptr<Network> network;  // the part of it that answers; often the same object
  nlohmann::json fitted;             // what was learned from the training data: stored with every checkpoint

  // Trains with these: what differs between processes from here on is theirs. An exchange. Throws
  // UserError(bad_recipe) where they are not as many as the recipe's degrees ask for.
  void join(std::shared_ptr<Group> all_processes);
  // What this process has of the network, where it has a part: one of several holders, or strategy zero2 or fsdp.
  std::shared_ptr<PartedNetwork> parted;
  // Whether a pass is an exchange of all that share a batch: then each makes as many as the others.
  bool passes_together() const;
  // The layers that this process has, where others have those before or behind them; else null.
  PipelineStage* stage() const;

  // Puts a network in the place of what the recipe's architecture gave.
  void use(std::shared_ptr<Network> other);

  // Where results count: test, or val where there is no test, or train.
  const char* held_out() const { return splits.test ? "test" : splits.val ? "val" : "train"; }
  const std::shared_ptr<Split>& samples(
      const std::string& split) const;  // null when there is none; UserError for another name
  // The batches of an evaluation of "train", "val" or "test", whichever it is: every sample once, in order, as held-out
  // samples are prepared; null when there is none. Of several processes each has its share of every batch, where the
  // split and its batches have samples for all of them.
  std::unique_ptr<Loader> loader(const std::string& split) const;
  // The batches of a training: those of "train", and of the task's further streams.
  std::unique_ptr<Feed> feed() const { return feed({group_rank(), group_size()}); }
  std::unique_ptr<Feed> feed(Share share) const;
  // Samples in each batch of an epoch of that feed, of all processes. Not for a task that plays.
  std::vector<int64_t> batch_sizes() const;
  // The same samples in their own order, without anything random, prepared in the calling thread.
  std::unique_ptr<Loader> plain_loader(const std::string& split, int64_t batch_size) const;
  // A batch on the device, in the memory order the network likes.
  Batch place(const Batch& batch) const;

 private:
  std::unique_ptr<Loader> training_loader(const std::string& split, Share share) const;
  LoaderOptions loader_options() const;  // what all loaders share
  int64_t group_rank() const;
  int64_t group_size() const;
};

struct BuildOptions {
  nlohmann::json fitted;            // from a checkpoint: nothing is fitted again
  std::vector<std::string> inputs;  // files to predict: they become the split "test", nothing else is opened
  bool data = true;                 // false: no data file is opened; needs `fitted`
  std::optional<Splits> splits;     // open already, with what `fitted` says
  bool keep_rows = false;           // tables are kept as they were written, see OpenOptions
  bool weights = true;              // false: the network is built on `meta`, without memory for its weights
  // Makes the network in place of the recipe's architecture, which is left alone. The task knows its data by then.
  std::function<std::shared_ptr<Network>()> network;
};

// Sets threads and random streams, opens the data, fits what has to be fitted, builds the network and moves it to the
// device. Fills what the recipe left to defaults (loss, metrics, schedule, epochs). Throws UserError.
Experiment build(Recipe& recipe, const BuildOptions& options);

// Throws UserError(bad_recipe) where so many processes cannot share the training's batches.
void require_shares(const Experiment& experiment, int64_t processes);

// Fills what the recipe leaves to the task or to another key, so that what is written down is what runs.
void resolve(Recipe& recipe);

}  // namespace dlrun
