// A feed that plays: batches of moves that were made in an environment and remembered. (Lin 1992; Mnih et al. 2015)

#pragma once

#include <functional>
#include <memory>

#include "data/environment.h"
#include "data/feed.h"

namespace dlrun {

// Observations [B, ...] float on the CPU -> the action it holds best, int64 [B] on the CPU.
using Policy = std::function<at::Tensor(const at::Tensor& observations)>;

struct ReplayOptions {
  int64_t batch_size = 1;
  int64_t capacity = 1;         // moves that are remembered; the oldest make room
  int64_t learning_starts = 0;  // moves made before the first batch
  int64_t moves_per_step = 1;   // in each environment, before each batch
  int64_t environments = 1;     // played at once
  double epsilon_start = 1.0;   // chance of an action at random, at first
  double epsilon_end = 0.05;    // and once epsilon_moves were made; linear in between
  int64_t epsilon_moves = 1;
  int64_t steps = 1;  // of an epoch
  uint64_t seed = 0;
};

// Batches of "input", "action" int64, "reward", "next.input" and "ended" (1 where the episode was terminated; at a time
// limit it is 0, and "next.input" is what was seen then). Moves are drawn with replacement, all alike. What is drawn is
// a pure function of (seed, step); what was played depends on the policy of each step, so all of it is in state().
class ReplayFeed final : public Feed {
 public:
  ReplayFeed(std::shared_ptr<const Environment> environment, const ReplayOptions& options, Policy policy);

  int64_t steps() const override { return options_.steps; }
  void seek(int64_t step) override;  // only to the step it stands at
  Batch next() override;
  double waited_seconds() const override { return seconds_; }
  TensorList state() const override;
  void load(const TensorList& saved) override;

  int64_t moves() const { return counts_[1]; }  // made so far, in all environments
  double epsilon() const;                       // of the next move

 private:
  void move();  // once in every environment
  at::Tensor choose(const at::Tensor& observations) const;

  std::shared_ptr<const Environment> environment_;
  ReplayOptions options_;
  Policy policy_;
  at::Tensor input_, action_, reward_, next_, ended_;  // [capacity, ...]; move i lies in row i % capacity
  at::Tensor states_;                                  // of the environments
  int64_t counts_[3] = {0, 0, 0};                      // batches given, moves made, episodes begun
  double seconds_ = 0.0;
};

}  // namespace dlrun
