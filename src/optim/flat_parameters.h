// All parameters of one player in a few flat buffers, so that everything done to all of them is one pass.

#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "optim/optimizer.h"

namespace dlrun {

// A parameter's name and the module member that holds it.
struct ParameterSlot {
  std::string name;
  at::Tensor* tensor;
};

// A trained parameter and its gradient, as they lie in the flat buffers.
struct ParameterView {
  std::string name;
  at::Tensor parameter, gradient;
};

// Takes over the storage of parameters: each becomes a view into a flat float buffer (4-d ones keep the order of
// channels_last when asked), its gradient a view into a second one. Holds the optimizer's state beside them. The
// modules must outlive it. Parameters that occur twice (tied weights) are held once. Not thread-safe.
class FlatParameters {
 public:
  FlatParameters(std::vector<ParameterSlot> slots, const Optimizer& optimizer, bool channels_last);

  // Whether gradients are computed for these parameters (off while another player has its turn).
  void set_learning(bool on);
  void zero_gradients();
  double gradient_norm() const;   // L2 over all gradients, double accumulation over groups
  bool gradients_finite() const;  // neither NaN nor infinity among them; one pass
  bool finite() const;            // the same of parameters and of the optimizer's state
  void scale_gradients(double factor);
  void clamp_gradients(double limit);
  // Adds the gradient of l1 * |w| + l2 / 2 * w^2 of every weight: biases and norms only with decay_norm_and_bias or
  // where their group says so. A group's own l1 and l2 replace these.
  void add_penalty(double l1, double l2);
  void step(double lr);                     // one update of every group at this learning rate
  int64_t count() const { return count_; }  // trainable numbers

  // Tensors under "<state name>.<parameter name>" and the number of updates under "step".
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  void load_state(const std::vector<std::pair<std::string, at::Tensor>>& tensors);

  // Copies of the parameters and of the optimizer's state, and the way back.
  std::vector<at::Tensor> copies() const;
  void assign(const std::vector<at::Tensor>& copies);

  std::vector<ParameterView> views() const;

  // One flat float buffer per group, for averaging (EMA).
  std::vector<at::Tensor> buffers() const;
  // Parts of such buffers under their parameters' names and shapes.
  std::vector<std::pair<std::string, at::Tensor>> named(const std::vector<at::Tensor>& buffers) const;

 private:
  struct Group {
    double lr_scale = 1.0;
    double weight_decay = 0.0;
    bool penalised = true;
    std::optional<double> l1, l2;
    at::Tensor parameters, gradients, step;
    std::vector<at::Tensor> state;
    std::vector<std::pair<std::string, at::Tensor>> views;  // name, an alias of the parameter's storage
    std::vector<at::Tensor*> slots;
    std::vector<int64_t> offsets;
  };
  std::vector<at::Tensor> everything() const;
  void flatten(Group& group, const std::vector<ParameterSlot>& slots, bool channels_last);

  const Optimizer& optimizer_;
  std::vector<Group> groups_;
  int64_t count_ = 0;
};

// Throws UserError(bad_recipe) when the expression of one of the optimizer's groups matches none of these parameters.
void require_matches(const Optimizer& optimizer, const std::vector<std::string>& names);

}  // namespace dlrun
