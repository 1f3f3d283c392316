// Turns that are recorded once and then done again without the code that made them.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "step/step.h"
#include "tensor/recording.h"

namespace dlrun {

// Keeps a recording of each player's turn for each shape of its batches (a few), made in the third turn of its kind.
//
// What a recording froze that should have changed gives no error but other numbers. So some replays, the first, second,
// fourth, eighth and so on of each, are held against the turn itself, from the same weights, buffers and streams. Where
// they differ, or the turn cannot be recorded, it is told why, once, and all turns are made as ever from there on: they
// have the same bits (on a GPU the step rounds its rates to float for both).
class RecordedTurns {
 public:
  // `tell` is given a sentence. The step must outlive it.
  RecordedTurns(const Experiment& experiment, Step& step, std::function<void(const std::string&)> tell);
  ~RecordedTurns();

  struct Made {
    Outcome outcome;  // valid until the next turn
    TurnNumbers numbers;
  };
  // The whole turn, its update too where its numbers are finite. Nothing where it is to be made as ever, before
  // anything has changed. Takes `start` in any case.
  std::optional<Made> make(size_t player, const Batch& batch, int64_t step, const Setting& setting, TurnStart& start);
  int64_t replayed() const { return replayed_; }

 private:
  struct Kind;
  Kind* kind_of(size_t player, const Batch& batch);
  void record(Kind& kind, int64_t step, TurnStart& start);
  bool same(Kind& kind, int64_t step, TurnStart& start);
  void give_up(const std::string& why);

  const Experiment& experiment_;
  Step& step_;
  std::function<void(const std::string&)> tell_;
  TurnStart checked_;  // of a turn that is made twice
  std::vector<std::unique_ptr<Kind>> kinds_;
  int64_t replayed_ = 0;
  bool given_up_ = false;
};

}  // namespace dlrun
