// Means of the training numbers, over a window of steps and over an epoch.

#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dist/group.h"
#include "experiment/experiment.h"
#include "step/step.h"

namespace dlrun {

// Weighted means of named numbers, and sums of those metrics that add up. Only reading and saving wait for the device.
// Of several processes each keeps the sums of its own rows until somebody asks: read() and save() are exchanges.
class Means {
 public:
  Means(const ChoiceList<Metric>* metrics, Group& group) : metrics_(metrics), group_(group) {}
  // What one player's turn gave; `numbers` are those of `outcome` on the host, of all processes.
  void add(const Outcome& outcome, const TurnNumbers& numbers, bool with_loss);
  Results read() const;  // "loss", parts, metrics: of all processes
  void reset();
  bool empty() const { return means_.empty(); }
  // With the sums of every process by itself: a run that goes on adds them up in the same order. Among more or fewer
  // processes the first has all of them.
  nlohmann::json save() const;
  void load(const nlohmann::json& saved, const at::Device& device);

 private:
  struct Mean {
    std::string name;
    double sum = 0.0;
    double weight = 0.0;
  };
  void add(const std::string& name, double value, double weight);
  std::vector<std::vector<at::Tensor>> sums_of_all() const;

  const ChoiceList<Metric>* metrics_;  // null: none
  Group& group_;
  std::vector<Mean> means_;
  std::vector<std::vector<at::Tensor>> sums_;  // of each metric, of this process; empty for those that append
};

}  // namespace dlrun
