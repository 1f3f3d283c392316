// Means of the training numbers, over a window of steps and over an epoch.

#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "experiment/experiment.h"

namespace dlrun {

// Weighted means of named numbers, and sums of metrics. Reading it waits for the device.
class Means {
 public:
  explicit Means(const ChoiceList<Metric>* metrics) : metrics_(metrics) {}
  void add(const Outcome& outcome, bool with_loss);
  std::vector<std::pair<std::string, double>> read() const;  // "loss", parts, metrics
  void reset();
  bool empty() const { return means_.empty(); }
  nlohmann::json save() const;
  void load(const nlohmann::json& saved);

 private:
  struct Mean {
    std::string name;
    double sum = 0.0;
    double weight = 0.0;
  };
  void add(const std::string& name, const at::Tensor& value, double weight);

  const ChoiceList<Metric>* metrics_;  // null: none
  std::vector<Mean> means_;
  std::vector<at::Tensor> sums_;
};

}  // namespace dlrun
