// One step of a training. Whoever makes one, the trainer, a rehearsal or a replay, makes it with this: nobody else
// calls backward() or applies an update.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "optim/flat_parameters.h"
#include "step/ema.h"
#include "step/gradient_exchange.h"
#include "step/loss_scale.h"
#include "step/parts.h"
#include "step/turn_start.h"

namespace dlrun {

// A player with its optimizer's buffers.
struct Learner {
  Player player;
  std::unique_ptr<FlatParameters> parameters;
  std::unique_ptr<WeightAverage> average;  // null without regularization.ema and swa, or an optimizer that averages
  std::unique_ptr<GradientExchange> exchange;
};

// Looks on while a player learns; not in a process that has none of the last layers (Experiment::stage), where a turn
// has no loss. Changes no number.
struct StepWatcher {
  virtual ~StepWatcher() = default;
  // Around forward and backward of one part: calls `work` once.
  virtual void part(const Part& part, const std::function<void()>& work) { work(); }
  // Between the two.
  virtual void forwarded(const Outcome& outcome) {}
};

// The numbers of a turn, on the host.
struct TurnNumbers {
  double loss = 0.0, weight = 0.0;
  std::vector<double> parts;  // in the order of Outcome::parts
  bool finite = true;         // loss and gradients
  bool overflowed = false;    // gradients of the scaled loss alone are not: the turn is to be left out
};

// What a turn left on the device that nobody has looked at.
struct UnreadTurn {
  Outcome outcome;
  at::Tensor numbers;  // float64 [3 + parts]: loss, weight, 1 where one of loss and gradients is not finite, parts
};

// What a turn is made of, to run it again at other weights.
struct Again {
  std::span<const Part> parts;
  int64_t step = 0;        // as learn() had it
  const TurnStart& start;  // taken before learn()
};

// A turn is learn(), limit(), update(); a step is a turn of every player that is due, then finish(). Takes over the
// storage of all trained parameters of the experiment, which must outlive it. Not thread-safe.
class Step {
 public:
  explicit Step(const Experiment& experiment);

  size_t players() const { return learners_.size(); }
  Learner& learner(size_t player) { return learners_[player]; }
  const std::vector<Learner>& learners() const { return learners_; }
  // Whether the player has its turn in a step when `step` steps were done before.
  bool due(size_t player, int64_t step) const { return (step + 1) % learners_[player].player.every == 0; }

  // Forward and backward: the gradients become those of the mean over all parts, by their weights. Reads nothing from
  // the device. What comes back is detached.
  Outcome learn(size_t player, std::span<const Part> parts, int64_t step, StepWatcher* watcher = nullptr);
  // With several processes, each of which learned from its own rows: gradients, numbers and buffers (those of the
  // first: each one's norms saw other rows) become those of all rows, the same bits everywhere. What can be compared
  // stays this process's. Follows every learn(), which has begun it. `beside`: further numbers, whose sums over all
  // come back.
  std::vector<double> exchange(size_t player, Outcome& outcome, const std::vector<double>& beside = {});
  // Adds the gradients of the L1 and L2 penalties; limit() does it too.
  void penalise(size_t player);
  // Penalties and clipping of the gradients that learn() left. The one wait for the device of a turn.
  TurnNumbers limit(size_t player, const Outcome& outcome);
  // With hardware.precision 16-mixed: how the loss is scaled. Part of what a training remembers.
  std::optional<LossScale>& loss_scale() { return scale_; }
  // Moves the weights. Where that takes gradients at others too (optimizer.sam, lbfgs), the turn is run `again` there,
  // which changes neither buffers nor random streams. A loss or gradient that is not finite there ends it: its loss
  // comes back, the weights are those it was found at, and put_back() makes them what they were.
  // Without a loss, in a rehearsal, no number is looked at: an optimizer that decides by them runs the turn once more.
  std::optional<double> update(size_t player, const Setting& setting, std::optional<double> loss, const Again& again);
  void put_back(size_t player);
  // All of a turn by operators alone, without a look at a number, so that a Recording can do it again: learn(), the
  // same limits and the same update with the rates that the player's parameters have on the device (set_rates). Where
  // loss or gradients are not finite no weight changes. One process; what unrecordable() names is not for it.
  UnreadTurn turn_unread(size_t player, std::span<const Part> parts, int64_t step);
  // The one wait for the device of such a turn, which counts the update.
  TurnNumbers read(size_t player, const UnreadTurn& turn);
  // Why turns of this training cannot be made so, as a sentence; "" where they can.
  std::string unrecordable() const;
  // After the turns of step `step` (from 1): averages, and what the task makes of the new weights. `averaged`: an
  // even average takes these weights.
  void finish(int64_t step, bool averaged = false);
  // What trainer.unfreeze freezes after `step` steps is frozen, and the rest learns. Until it is called, all learns.
  void freeze(int64_t step);

 private:
  std::vector<double> exchange_rows(size_t player, Outcome& outcome, const std::vector<double>& beside);
  void add_stages(size_t player);
  TurnNumbers run_again(size_t player, const Again& again, bool looks);
  std::optional<double> sharpen(size_t player, const Again& again, bool looks);
  void descend(size_t player);
  void hold_norms(size_t player);

  const Experiment& experiment_;
  std::vector<Learner> learners_;
  std::optional<TurnStart> learned_;              // buffers and streams as learn() left them
  std::vector<at::Tensor> weights_, everything_;  // of the player whose update is being made, to put back
  std::vector<std::vector<Piece>> limited_;       // by player: weights that regularization.max_norm holds
  int64_t done_ = 0;                              // steps before the one that learns
  std::optional<LossScale> scale_;
  double scaled_by_ = 1.0;  // what the gradients of learn() are to be divided by
};

// One player's turn forward only: for those who look and do not learn.
Outcome forward_turn(const Experiment& experiment, const Batch& batch, size_t player = 0, int64_t step = 0);
// The same as evaluation does it.
Outcome forward_held_out(const Experiment& experiment, const Batch& batch);

}  // namespace dlrun
