// Watches one ordinary step through the tap and the flat buffers.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "optim/flat_parameters.h"
#include "tasks/task.h"
#include "tensor/tap.h"
#include "train/diagnosis/diagnosis.h"

namespace dlrun {

// Used for one step: for each player watch(), before_update(), after_update(); then take(). Changes no number of the
// training and draws none of its random ones.
class StepObserver {
 public:
  // Runs `work` (forward and backward of one part of the batch) under the tap.
  void watch(const Player& player, const FlatParameters& parameters, const std::function<void()>& work);
  void before_update(const Player& player, size_t index, const FlatParameters& parameters, double gradient_norm);
  void after_update();  // of the same player
  // What a player's turn gave; after the last one of the step, what was generated counts too.
  void outcome(const Outcome& outcome, const Batch& batch);
  Observation take() { return std::move(observation_); }

 private:
  struct Watched {
    std::string module;                // of the player
    std::set<const void*> parameters;  // memory of its flat buffers
    size_t hidden = 0;                 // activations before the last trained layer so far
    at::Tensor output;                 // of its last operator that gives a row for each sample
  };
  void see(const TappedCall& call, Watched& watched);

  Observation observation_;
  std::vector<std::pair<size_t, at::Tensor>> pending_;  // place in the weights, parameter before the update
  std::vector<at::Tensor> now_;                         // the same parameters themselves
  at::Tensor generated_;
};

}  // namespace dlrun
