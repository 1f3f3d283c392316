// What travels of a network whose weights are shared out: shards are gathered before they are needed, and gradients
// added up behind the backward pass (Zhao et al. 2023, FSDP).

#pragma once

#include <ATen/ATen.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "dist/group.h"
#include "nn/shard.h"

namespace dlrun {

// In a turn weights are asked for in the order of the last one of its kind: modules whose weights are asked for one
// after the other travel together, up to so many bytes, and the next of these runs is on its way while modules of this
// one compute. Where the order is another, nothing is ahead until the turn ends. Gradients travel together too, when
// there are so many bytes of them or the turn ends. Every rank asks alike. Outside of turns everything travels by
// itself and is waited for. Not thread-safe.
class WeightTraffic final : public ShardTraffic {
 public:
  // Each exchange has its start, which is a tenth of it where a gigabyte takes a second.
  static constexpr int64_t most_together = 1 << 20;

  // An exchange of `ranks`, which must outlive it: sums have a way of their own beside what is gathered. `run_bytes`
  // are of whole weights and of their gradients; what has more by itself travels alone.
  explicit WeightTraffic(Group& ranks, int64_t run_bytes = most_together);

  int64_t size() const override { return gathers_.size(); }
  std::vector<at::Tensor> gather(const std::vector<at::Tensor>& shards) override;
  // In a turn by its end.
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
  // The shards of modules that are asked for one after the other, some perhaps twice.
  struct Run {
    std::vector<Tensors> modules;
    at::Tensor mine, whole;  // the bytes of each shard once: this rank's [n], and those of all by rank [size * n]
  };
  struct Gradient {
    at::Tensor whole, parameter;
  };
  struct Sum {
    Tensors parameters;
    at::Tensor mine;  // their parts of the sum, one behind the other
  };

  Run begin(std::vector<Tensors> modules);
  void begin_from(size_t next);
  std::deque<Tensors> finish(const Run& run);
  void begin_sum();
  void finish_sum();

  Group& gathers_;
  std::shared_ptr<Group> sums_;
  int64_t run_bytes_;
  bool in_turn_ = false;
  std::vector<Tensors> last_[2];        // shards in the order in which the last turn of each kind asked for them
  std::vector<Tensors> order_, asked_;  // of the last turn of this kind, and of this one
  std::deque<Tensors> here_;            // was gathered for order_[asked_.size()] and those behind it
  std::optional<Run> coming_;           // and for those behind them
  std::vector<Gradient> gradients_;     // that wait for others to travel with
  Sum sum_;                             // on its way; of nothing where none is
};

}  // namespace dlrun
