// The interface of optimizers: settings from the recipe and one update over flat buffers.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "optim/sam.h"
#include "spec/field.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// Parameters that are treated unlike the others, picked by name.
struct ParameterGroup final : Params {
  std::string match;
  double lr_scale = 1.0;
  std::optional<double> weight_decay;
  std::optional<double> l1, l2;

  std::vector<Field> fields() override;
};

// What an optimizer keeps beside a parameter: under the names of torch.optim.
struct Kept {
  std::string name;
  std::vector<int64_t> sizes;
};

// Tensors an optimizer keeps, by name.
class OptimizerState {
 public:
  void add(std::string name, at::Tensor tensor) { tensors_.emplace_back(std::move(name), std::move(tensor)); }
  bool has(std::string_view name) const;
  const at::Tensor& operator[](std::string_view name) const;  // one that has() is true of
  const TensorList& items() const { return tensors_; }

 private:
  TensorList tensors_;
};

// One parameter with its shape, its gradient, and what is kept of it: views of the flat buffers.
struct Piece {
  std::string name;
  at::Tensor parameter, gradient;
  OptimizerState state;
};

// One group of parameters with the same treatment and the same kinds of state. The flat tensors are float [numel] on
// one device; a state whose sizes are those of its parameters lies in the same order as they do, so that one pass over
// the flat buffers suffices. Between two pieces there may be zeros: an update of zeros by zeros must give zeros.
struct Update {
  at::Tensor parameters;
  at::Tensor gradients;         // may be overwritten
  const OptimizerState& state;  // flat
  std::span<const Piece> pieces;
  int64_t updates = 0;  // done including this one, from 1; on the host, so that nobody waits for the device
  at::Tensor step;      // the same as a float scalar beside the parameters, for fused kernels
  double lr = 0.0;
  double weight_decay = 0.0;
  std::optional<double> momentum;  // of the schedule: stands for momentum or beta1
  // Where nobody may look at numbers while it is made, for optimizers that reads_rate() is true of: the learning rate
  // in the place of `lr`, and 1 where nothing is to change, else 0. Scalars beside the parameters: float, on a CPU the
  // rate is double.
  std::optional<at::Tensor> rate = {}, flawed = {};
};

// Runs the turn again with the parameters as they are: the gradients become those there, on the same samples and with
// the same draws, and its loss comes back. None where one of them is not finite: the step ends then, and who made it
// puts everything back.
using Evaluate = std::function<std::optional<double>()>;

struct Optimizer : Params {
  static constexpr const char* kind = "optimizer";
  double lr;
  double weight_decay = 0.0;
  bool decay_norm_and_bias = false;
  double layer_decay = 1.0;
  Optional<Sam> sam;
  List<ParameterGroup> groups;

  explicit Optimizer(double lr) : lr(lr) {}
  // What is kept of the parameter of this name and shape. Parameters of which other names are kept are updated apart.
  virtual std::vector<Kept> keeps(const std::string& name, at::IntArrayRef sizes) const = 0;
  // Changes parameters and state of one group.
  virtual void update(const Update& update) const = 0;
  // Whether update() minds Update::rate and Update::flawed.
  virtual bool reads_rate() const { return false; }
  // One step of all groups, from gradients and loss at the parameters; false where evaluate() gave none. Most need
  // nothing but an update of each.
  virtual bool step(std::span<const Update> groups, double loss, const Evaluate& evaluate) const;
  virtual bool evaluates() const { return false; }  // whether step() calls evaluate()
  // The name of a state that the network computes with outside of its training; null: the parameters themselves.
  virtual const char* average() const { return nullptr; }
  // Throws UserError(bad_recipe) where the settings do not suit the parameters of all players: here, when the
  // expression of a group matches none.
  virtual void check(const std::vector<NamedTensor>& parameters) const;

 protected:
  // The fields above; each optimizer puts them first. `decay` is the sentence about weight_decay.
  std::vector<Field> common_fields(std::string decay);
};

// Sentences about weight_decay. AdamW and its kind shrink the weights themselves.
inline constexpr const char* decoupled_decay = "Pull of the weights towards zero, per step and unit of learning rate.";
// torch.optim's others add it to the gradient: what divides the gradient then divides the pull as well.
inline constexpr const char* coupled_decay =
    "Weight decay as an L2 penalty: this times the weight is added to the gradient (coupled, as in torch.optim).";

// One tensor of the parameter's own sizes under each of these names.
std::vector<Kept> like_parameter(std::initializer_list<const char*> names, at::IntArrayRef sizes);

}  // namespace dlrun
