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
class Means {
 public:
  // Of the metrics of several processes, whose `group` it is, this is the sum.
  Means(const ChoiceList<Metric>* metrics, Group& group) : metrics_(metrics), group_(group) {}
  // What one player's turn gave; `numbers` are those of `outcome` on the host, of all processes.
  void add(const Outcome& outcome, const TurnNumbers& numbers, bool with_loss);
  Results read() const;  // "loss", parts, metrics
  void reset();
  bool empty() const { return means_.empty(); }
  nlohmann::json save() const;
  void load(const nlohmann::json& saved, const at::Device& device);

 private:
  struct Mean {
    std::string name;
    double sum = 0.0;
    double weight = 0.0;
  };
  void add(const std::string& name, double value, double weight);
  void add_ranks(std::vector<std::vector<at::Tensor>>& measured) const;

  const ChoiceList<Metric>* metrics_;  // null: none
  Group& group_;
  std::vector<Mean> means_;
  std::vector<std::vector<at::Tensor>> sums_;  // of each metric; empty for those that append
};

}  // namespace dlrun
