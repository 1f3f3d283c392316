// All parameters of one player in a few flat buffers, so that everything done to all of them is one pass.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "optim/optimizer.h"
#include "optim/setting.h"
#include "tensor/named_tensor.h"
#include "tensor/ranks.h"

namespace dlrun {

// Parameters that are not trained before so many steps were done.
struct LateParameters {
  std::regex match;
  int64_t step = 0;
};

// The part of an optimizer's memory that one process keeps of a training by several: that of the same part of every
// flat buffer. Where there are no `ranks` to exchange with, nothing is computed (a rehearsal).
struct Shard {
  int64_t rank = 0, size = 1;
  Ranks* ranks = nullptr;
};

// The sizes that parameters have of which this process holds a part, by name.
using WholeSizes = std::map<std::string, std::vector<int64_t>>;

// Takes over the storage of parameters: each becomes a view into a flat float buffer (4-d ones keep the order of
// channels_last when asked), its gradient a view into a second one. Holds the optimizer's state beside them; parameters
// that are treated alike and of which the same is kept share a buffer. The modules must outlive it. Parameters that
// occur twice (tied weights) are held once. Not thread-safe.
class FlatParameters {
 public:
  // With a shard of several, step(), state() and load_state() are exchanges, and finite() is about this process' part.
  // The optimizer must treat each number by itself then. `parts`: the parameters of which this process holds a part
  // alone, treated as the whole is; groups are of such or of whole ones.
  FlatParameters(std::vector<NamedTensor> slots, const Optimizer& optimizer, bool channels_last, Shard shard = {},
                 const std::vector<LateParameters>& late = {}, const WholeSizes& parts = {});

  // Whether gradients are computed for these parameters (off while another player has its turn).
  void set_learning(bool on);
  // Parameters that are late after `step` steps get no gradient, no penalty and no update, and their updates are
  // counted from the first one on.
  void freeze_late(int64_t step);
  void zero_gradients();
  // One number for each group, on the device: the L2 norm, or the sum, of its gradients.
  std::vector<at::Tensor> gradient_norms() const;
  std::vector<at::Tensor> gradient_sums() const;
  std::vector<bool> of_parts() const;  // in the same order: whether the group's parameters are parts
  double gradient_norm() const;        // L2 over all gradients; waits for the device
  bool gradients_finite() const;       // neither NaN nor infinity among them; waits for the device
  bool finite() const;                 // the same of parameters and of the optimizer's state
  void scale_gradients(double factor);
  void scale_gradients(const at::Tensor& factor);  // a scalar on the device
  void clamp_gradients(double limit);
  // Adds the gradient of l1 * |w| + l2 / 2 * w^2 of every weight: biases and norms only with decay_norm_and_bias or
  // where their group says so. A group's own l1 and l2 replace these.
  void add_penalty(double l1, double l2);
  // One step of the optimizer; `loss` is that of the gradients. False where evaluate() gave none.
  bool step(const Setting& setting, double loss = 0.0, const Evaluate& evaluate = nullptr);
  // The same, of an optimizer that reads_rate(), by numbers that are on the device: its rates are those of the last
  // set_rates(), and nothing changes where `flawed`, a float scalar, is 1 instead of 0. Updates are counted there; here
  // by count_step(), once somebody knows that there was one.
  void step_unread(const at::Tensor& flawed);
  void set_rates(const Setting& setting);
  void count_step();
  // From here on step() rounds the learning rate to float, as set_rates() has to on a GPU: both give the same bits.
  void round_rates() { round_rates_ = true; }
  // Whether each of those that learn was updated before, of which the first time differs.
  bool begun() const;
  std::vector<bool> learning() const;       // of each group, whether it is updated now
  int64_t count() const { return count_; }  // trainable numbers
  int64_t kept() const { return kept_; }    // numbers of the optimizer's state, in this process

  // Tensors under "<state name>.<parameter name>" and the number of updates under "step".
  TensorList state() const;
  void load_state(const TensorList& tensors);

  // The parameters, the optimizer's state and counts of updates; copies of them, and the way back.
  std::vector<at::Tensor> everything() const;
  std::vector<at::Tensor> copies() const;
  void assign(const std::vector<at::Tensor>& copies);

  std::vector<Piece> pieces() const;  // of all that is not frozen

  std::vector<at::Tensor> gradients() const;  // one flat float buffer per group
  // One flat float buffer per group, for averaging (EMA).
  std::vector<at::Tensor> buffers() const;
  // The optimizer's own averages of them, in the same order; empty where it has none.
  std::vector<at::Tensor> averages() const;
  // Parts of such buffers under their parameters' names and shapes.
  TensorList named(const std::vector<at::Tensor>& buffers) const;

 private:
  struct Group {
    double lr_scale = 1.0;
    double weight_decay = 0.0;
    bool penalised = true;
    std::optional<double> l1, l2;
    std::string leader;  // the first parameter that is treated so, in a part or whole: what `step` is named after
    bool parts = false;
    int64_t late = 0;     // steps before it is trained
    bool frozen = false;  // for now
    at::Tensor parameters, gradients, step, rate;
    int64_t updates = 0;  // what `step` says
    OptimizerState state;
    std::vector<Piece> pieces;
    std::vector<at::Tensor*> slots;
    std::vector<int64_t> offsets;
  };
  double rate_of(const Group& group, const Setting& setting) const;
  static bool learns(const Group& group) { return group.lr_scale > 0 && !group.frozen; }
  void count_updates();  // reads Group::step
  void flatten(Group& group, const std::vector<NamedTensor>& slots, bool channels_last);
  void keep_state(Group& group, const std::vector<NamedTensor>& slots, bool channels_last);
  void keep_shard(Group& group, const std::vector<NamedTensor>& slots);
  at::Tensor own_part(const at::Tensor& flat) const;
  void gather_parts(const at::Tensor& flat) const;
  TensorList shards_of(const std::string& name, const Group& group) const;  // of all processes, by parameter

  const Optimizer& optimizer_;
  Shard shard_;
  std::vector<Group> groups_;
  int64_t count_ = 0, kept_ = 0;
  bool round_rates_ = false;
  at::Tensor rates_;  // of all groups, on the device, of which each one's is a view
};

}  // namespace dlrun
