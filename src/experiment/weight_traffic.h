// What travels of a network whose weights are shared out: shards are gathered before they are needed, and gradients
// added up behind the backward pass (Zhao et al. 2023, FSDP).

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "dist/group.h"
#include "nn/shard.h"

namespace dlrun {

// In a turn weights are asked for in the order of the last one of its kind: those of the next module are on their way
// while this one computes. Where the order is another, nothing is ahead until the turn ends. Every rank asks alike.
// Outside of turns everything is waited for. Not thread-safe.
class WeightTraffic final : public ShardTraffic {
 public:
  // An exchange of `ranks`, which must outlive it: sums have a way of their own beside what is gathered.
  explicit WeightTraffic(Group& ranks);

  int64_t size() const override { return gathers_.size(); }
  std::vector<at::Tensor> gather(const std::vector<at::Tensor>& shards) override;
  // In a turn by its end; each is on its way until the next one begins.
  void add_gradient(const at::Tensor& whole, const at::Tensor& parameter) override;

  enum class Kind { learns, answers };
  // A turn, as long as it lives: weights stay what they are. Turns do not nest.
  class Turn {
   public:
    Turn(WeightTraffic& traffic, Kind kind);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    void finish();  // all gradients are there; without it some are lost

   private:
    WeightTraffic& traffic_;
    Kind kind_;
  };

 private:
  using Tensors = std::vector<at::Tensor>;
  struct Sum {
    at::Tensor whole, parameter;
  };

  Tensors begin(const Tensors& shards);
  void begin_next();
  void finish_sum();

  Group& gathers_;
  std::shared_ptr<Group> sums_;
  bool in_turn_ = false;
  std::vector<Tensors> last_[2];        // shards in the order in which the last turn of each kind asked for them
  std::vector<Tensors> order_, asked_;  // of the last turn of this kind, and of this one
  Tensors coming_;                      // what was gathered for order_[asked_.size()]; empty where nothing is
  Sum sum_;                             // on its way; undefined where none is
};

}  // namespace dlrun
