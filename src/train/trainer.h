// The training loop and everything it remembers.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dist/group.h"
#include "eval/evaluate.h"
#include "experiment/experiment.h"
#include "run/checkpoint.h"
#include "run/training_state.h"
#include "step/average_norms.h"
#include "step/recorded_turn.h"
#include "step/step.h"
#include "step/turn_start.h"
#include "tensor/random_streams.h"
#include "train/console.h"
#include "train/diagnosis/diagnostics.h"
#include "train/diagnosis/observer.h"
#include "train/divergence.h"
#include "train/journal.h"
#include "train/pending.h"
#include "train/recorder.h"
#include "train/selection.h"

namespace dlrun {

// Where a run stands: every number of it is in the checkpoint.
struct Position {
  int64_t step = 0;            // optimizer steps done
  int64_t epoch = 0;           // epochs done
  int64_t batch = 0;           // batches of this epoch done
  int64_t validated_step = 0;  // the last step after which a validation ran
  bool stopped_early = false;
};

// What came of steps that were not finite.
struct Recovery {
  int64_t events = 0;        // so far
  int64_t in_a_row = 0;      // without a good step (skip) or a checkpoint with progress (rollback) between them
  bool progressed = false;   // weights changed since the last event
  double rate_factor = 1.0;  // on the schedule's learning rate
  int64_t good_step = -1;    // where a rollback goes: the last checkpoint of the schedule; -1: none yet
};

// A validation that is not finite although the weights are.
struct ValidationFault {
  Fault fault;
  std::vector<SampleName> offending;
};

enum class Ending { complete, interrupted };

// Trains one experiment into one run folder. State after restore() equals the state when it was saved, bit for bit, so
// that a resumed run ends like one that was never stopped.
class Trainer {
 public:
  // Of several processes each has one, and all call the same functions; `metrics` is null in all but the first.
  Trainer(Experiment& experiment, const std::string& run_folder, CheckpointStore& checkpoints, MetricsStream* metrics,
          Console& console);
  void restore(const Checkpoint& checkpoint);
  // Trains until the recipe's end, early stopping or a signal. A step whose loss or gradient is not finite changes no
  // weight; throws UserError(diverged) where trainer.on_divergence says so.
  Ending run();
  std::string describe_end() const;  // why run() came back
  bool finished() const;
  int64_t total_steps() const { return span_.total_steps; }
  Course course() const;  // as the schedule sees it before the next step
  uint64_t bytes_of_checkpoint() { return checkpoint_bytes(state()); }
  const Recovery& recovery() const { return recovery_; }
  std::function<void(int64_t step)> on_saved;      // on the first rank, once a checkpoint is on disk
  std::function<void(int64_t step)> on_validated;  // likewise, after each validation
  std::function<void(int64_t step, const std::string& png_file)> on_picture;  // likewise, after each picture
  std::string findings() const { return diagnostics_.summary(); }  // of the diagnoses; empty when all is well

 private:
  struct Before {  // a player's turn
    std::unique_ptr<TurnStart> start;
    std::vector<at::Tensor> copies;  // parameters and optimizer, where a later turn may undo this one
  };
  struct Turned {
    size_t player;
    Outcome outcome;
    TurnNumbers numbers;
  };

  bool first() const { return group_.rank() == 0; }
  Ending train();
  uint64_t rank_seed(int64_t step, int64_t rank) const;  // of the streams of a rank that begin there
  void share_weights();
  bool stop_asked();  // on any rank, by the end of the last turn
  bool validation_due() const;
  bool checkpoint_due() const;
  void make_step();
  // `observer`, where there is one, watches this turn.
  void tell_overflow();
  std::optional<Turned> turn(size_t player, const Batch& batch, const Setting& setting, StepObserver* observer);
  void diagnose(const std::vector<Turned>& turns, const Batch& batch, StepObserver* observer, double learning_rate);
  Setting setting() const;    // of the next step
  bool state_finite() const;  // weights, optimizer, buffers
  void diverged(size_t player, const Batch& batch, double loss, double learning_rate);
  std::vector<int64_t> rows_not_finite(const Batch& batch, size_t player);
  void state_diverged();
  int64_t teller_of(const Fault& fault);
  void recover(const Divergence& divergence, int64_t teller, const std::string& folder);
  void undo(size_t player);  // the step so far, up to this player's turn
  void roll_back();
  void record_step(const Setting& setting);
  void validate();
  // Why held-out samples gave something that is not finite.
  ValidationFault examine_validation(const Batch& batch) const;
  void tell_validation_fault(const std::optional<ValidationFault>& fault);
  void select(const Results& train, const Results& val);
  void draw_picture();
  enum class Occasion { scheduled, signal };
  void save(Occasion occasion);
  bool may_wait(Occasion occasion) const;  // the checkpoint that is due now
  void write_pending();                    // those that waited
  // The network computes with its average, where there is one, and with norms' statistics that belong to it.
  void use_average();
  void swap_averages();               // back again
  void measure_average();             // the statistics, where none were measured for this step
  std::vector<int64_t> kept() const;  // steps of the best checkpoints and of the one to roll back to
  void prune(int64_t last);           // deletes every checkpoint but those and the last
  State state();
  std::vector<TensorList> streams_of_others();                       // ranks from 1 on
  State load(const Checkpoint& checkpoint) const;                    // with the streams of this rank
  std::vector<Remembers> remembers(const std::string& source);       // everything that is not a tensor
  void load_numbers(const State& state, const std::string& source);  // weights, optimizer, averages, random streams

  Experiment& experiment_;
  Group &group_, &sharers_;  // all processes, and those that share every batch
  Recipe& recipe_;
  std::string run_folder_;
  RandomStreams streams_;
  CheckpointStore& checkpoints_;
  PendingCheckpoints pending_;
  Journal journal_;
  Console& console_;
  std::unique_ptr<Feed> train_;
  std::unique_ptr<Loader> val_;
  int64_t batches_ = 0;  // of an epoch
  TrainingSpan span_;
  Step step_;
  std::optional<RecordedTurns> recorded_;      // with hardware.capture
  std::optional<AverageNorms> average_norms_;  // where there are averages, and norms in what they are of
  int64_t measured_step_ = -1;                 // the step their statistics are of
  std::vector<Before> before_;                 // by player
  Means window_, epoch_means_;
  BestSteps best_;
  std::vector<double> monitored_;  // checkpoint.monitor's number after each validation; NaN: not finite
  std::optional<Patience> patience_;
  Position position_;
  Recovery recovery_;
  Diagnostics diagnostics_;
  std::optional<Score> score_;
  int64_t saved_step_ = -1;
  bool stop_agreed_ = false;  // of several processes
  bool told_ignored_ = false;
};

}  // namespace dlrun
