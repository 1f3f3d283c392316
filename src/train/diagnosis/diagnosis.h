// One known trouble of training, recognised in what a step and the curves show.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/trouble.h"

namespace dlrun {

// A parameter of two or more dimensions in one step; root mean squares over its numbers.
struct WeightView {
  std::string name;  // "layers.0.weight"
  size_t player = 0;
  double weight = 0.0;    // before the step
  double gradient = 0.0;  // as the optimizer got it
  double update = 0.0;    // what the step changed
};

double update_ratio(const WeightView& weight);  // the update by the weight; 0 where there is no weight

// A nonlinearity between trained layers.
struct ActivationView {
  std::string name;          // path of its module and the operator: "layers.1 relu"
  bool rectifier = false;    // relu: units may be silent
  std::vector<bool> silent;  // by unit: zero for the whole batch
  double saturated = 0.0;    // sigmoid, tanh: share of numbers within 0.01 of a bound
};

// What one ordinary step shows.
struct Observation {
  int64_t step = 0;  // made, from 1
  bool first = false;
  size_t players = 1;
  double learning_rate = 0.0, full_rate = 0.0;  // of this step, and the recipe's without schedule
  double loss = 0.0;                            // of this step
  double window_loss = 0.0;                     // mean since the last observation
  std::vector<double> gradient_norms;           // by player, before clipping
  std::vector<WeightView> weights;              // by player, in the order of the network
  std::vector<ActivationView> activations;      // the same
  std::vector<int64_t> predicted, actual;       // classes of the batch; empty where targets are no classes
  std::optional<double> explained;      // 1 - squared error / variance of the targets, for targets that are numbers
  std::optional<double> diversity;      // spread of generated samples by that of real ones
  std::map<std::string, double> parts;  // what the task records beside the loss
};

// Of the weights of a player; 0 where there are none.
double median_update_ratio(const Observation& seen, size_t player);

struct StepLoss {
  int64_t step = 0;     // made, from 1
  int64_t samples = 0;  // that the loss is a mean over
  double loss = 0.0;
  double full_rate = 0.0;  // of the recipe
};

// One validation.
struct CurvePoint {
  int64_t step = 0;
  std::optional<double> train_loss, val_loss;
  double rate = 0.0;  // share of the full learning rate at that step
};

struct Finding {
  std::string seen, meaning, advice;  // sentences
  std::vector<std::string> layers;
  nlohmann::ordered_json numbers = nlohmann::ordered_json::object();
};

// Counts how often in a row something was seen, by name, and says so once.
class Streaks {
 public:
  // True when `name` is present for the `needed`-th time in a row, and never again for it.
  bool reach(const std::string& name, bool present, int64_t needed);
  nlohmann::json save() const { return counts_; }
  void load(const nlohmann::json& saved) { saved.get_to(counts_); }

 private:
  std::map<std::string, int64_t> counts_;  // -1: said
};

// Looks when it is shown something and answers with a finding when there is one to tell. Holds no thresholds a recipe
// could set: one that needs tuning would not be believed. Its state is part of checkpoints.
class Diagnosis {
 public:
  virtual ~Diagnosis() = default;
  virtual Trouble trouble() const = 0;
  std::string name() const { return name_of(trouble()); }  // as diagnosis.ignore knows it
  // Every step of a training with one player, observed or not.
  virtual std::optional<Finding> stepped(const StepLoss&) { return {}; }
  virtual std::optional<Finding> look(const Observation&) { return {}; }
  virtual std::optional<Finding> validated(const std::vector<CurvePoint>&) { return {}; }
  // After the first epoch: how many training samples of each class there were.
  virtual std::optional<Finding> counted(const std::vector<int64_t>& counts, const std::vector<std::string>& names) {
    return {};
  }
  virtual std::optional<Finding> ended(int64_t steps) { return {}; }
  virtual nlohmann::json save() const { return streaks_.save(); }
  virtual void load(const nlohmann::json& saved) { streaks_.load(saved); }

 protected:
  Streaks streaks_;
};

using Diagnoses = std::vector<std::unique_ptr<Diagnosis>>;

// The families, one file each.
void add_gradient_diagnoses(Diagnoses& list);
void add_activation_diagnoses(Diagnoses& list);
void add_update_diagnoses(Diagnoses& list);
void add_rate_diagnoses(Diagnoses& list);
void add_curve_diagnoses(Diagnoses& list);
void add_class_diagnoses(Diagnoses& list);
void add_adversarial_diagnoses(Diagnoses& list);
Diagnoses all_diagnoses();

}  // namespace dlrun
