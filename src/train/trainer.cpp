// The training loop.

#include "train/trainer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/phase.h"
#include "base/random.h"
#include "base/signals.h"
#include "dist/agreement.h"
#include "experiment/parted_network.h"
#include "nn/pipeline_stage.h"
#include "step/swa.h"
#include "tensor/allocator.h"

namespace dlrun {
Trainer::Trainer(Experiment& experiment, const std::string& run_folder, CheckpointStore& checkpoints,
                 MetricsStream* metrics, Console& console)
    : experiment_(experiment),
      group_(*experiment.group),
      sharers_(*experiment.sharers),
      recipe_(experiment.recipe),
      run_folder_(run_folder),
      streams_(experiment.device),
      checkpoints_(checkpoints),
      pending_(checkpoints, recipe_.checkpoint.min_seconds),
      journal_(metrics, console),
      console_(console),
      train_(experiment.feed()),
      val_(recipe_.task->evaluates() ? experiment.loader("val") : nullptr),
      step_(experiment),
      window_(nullptr, sharers_),
      epoch_means_(recipe_.logging.train_metrics ? &recipe_.metrics : nullptr, sharers_),
      best_(recipe_.checkpoint.save_top_k,
            higher_is_better(recipe_.checkpoint.monitor, recipe_.checkpoint.mode, recipe_.metrics)),
      diagnostics_(recipe_.diagnosis, recipe_.task->info().classes(),
                   [this](const nlohmann::ordered_json& record, const std::string& text) {
                     journal_.tell(record);
                     log_warning(text);
                   }) {
  // The weights were drawn alike; what is drawn from here on differs between those that have other rows.
  if (sharers_.rank() > 0) streams_.seed(rank_seed(0, sharers_.rank()));
  span_ = recipe_.trainer.span(train_->steps());
  batches_ = span_.steps_per_epoch;
  for (size_t player = 0; player < step_.players(); ++player)
    before_.push_back({std::make_unique<TurnStart>(*experiment.all, experiment.device), {}});
  // On a CPU it takes memory that no rehearsal foresees.
  if (recipe_.hardware.capture == "always" || (recipe_.hardware.capture == "auto" && experiment.device.is_cuda()))
    recorded_.emplace(experiment, step_, [this](const std::string& why) {
      if (recipe_.hardware.capture == "always") log_info("hardware.capture: steps are made as ever: " + why);
    });
  if (step_.learner(0).average) average_norms_.emplace(experiment);
  if (average_norms_ && !average_norms_->any()) average_norms_.reset();
  if (recipe_.regularization.early_stopping) {
    const EarlyStopping& stopping = *recipe_.regularization.early_stopping;
    const std::string& monitor = stopping.monitor.empty() ? recipe_.checkpoint.monitor : stopping.monitor;
    patience_.emplace(stopping, higher_is_better(monitor, stopping.mode, recipe_.metrics));
  }
}

uint64_t Trainer::rank_seed(int64_t step, int64_t rank) const {
  return Random(static_cast<uint64_t>(recipe_.seed), static_cast<uint32_t>(rank), static_cast<uint64_t>(step)).next();
}

Ending Trainer::run() {
  try {
    return train();
  } catch (...) {
    try {
      write_pending();            // Whatever happened: what was due is worth having.
    } catch (const UserError&) {  // The first error is the one to tell.
    }
    throw;
  }
}

Ending Trainer::train() {
  experiment_.all->set_training(true);
  share_weights();
  return_freed_memory();  // of the rehearsal, and of whatever was whole of which this process has a part
  train_->seek(position_.epoch * batches_ + position_.batch);
  if (recipe_.trainer.on_divergence == "rollback" && recovery_.good_step < 0) save(Occasion::scheduled);
  while (true) {
    // What is not finite must reach no validation and no checkpoint.
    if ((validation_due() || checkpoint_due()) && !state_finite()) state_diverged();
    if (validation_due()) validate();
    if (stop_asked()) {
      // The undisturbed run would save here as well: then it is a goal of rollbacks.
      if (state_finite()) save(checkpoint_due() ? Occasion::scheduled : Occasion::signal);
      write_pending();
      return Ending::interrupted;
    }
    if (checkpoint_due()) save(Occasion::scheduled);
    if (finished()) {
      diagnostics_.ended(position_.step);
      if (const auto& scale = step_.loss_scale(); scale && scale->skipped > 0)
        log_info(
            fmt::format("hardware.precision: {} of {} turns were left out, because their gradients overflowed "
                        "float16; the loss is scaled by {:.0f} in the end",
                        scale->skipped, position_.step * static_cast<int64_t>(step_.players()), scale->value));
      return Ending::complete;
    }
    if (pending_.ripe()) write_pending();
    make_step();
  }
}

// Ranks on other kinds of processors may have drawn or read them with other last bits.
void Trainer::share_weights() {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& parameter : experiment_.all->parameters())
    if (!experiment_.passes_together() || !experiment_.parted->has(parameter.name))  // each has other numbers of those
      tensors.push_back(*parameter.tensor);
  for (const NamedTensor& buffer : experiment_.all->buffers()) tensors.push_back(*buffer.tensor);
  from_first(sharers_, tensors);
}

bool Trainer::stop_asked() { return group_.size() == 1 ? stop_requested() != 0 : stop_agreed_; }

bool Trainer::finished() const { return position_.stopped_early || position_.step >= span_.total_steps; }

bool Trainer::validation_due() const {
  if (position_.step == 0 || position_.validated_step == position_.step) return false;
  if (finished()) return true;
  if (recipe_.trainer.validate_every_n_steps) return position_.step % *recipe_.trainer.validate_every_n_steps == 0;
  return position_.batch == 0 && position_.epoch % recipe_.trainer.validate_every_n_epochs == 0;
}

bool Trainer::checkpoint_due() const {
  if (position_.step == 0 || saved_step_ == position_.step) return false;
  if (finished()) return true;
  if (position_.validated_step == position_.step && score_) {
    const std::vector<int64_t> best = best_.steps();
    if (std::find(best.begin(), best.end(), position_.step) != best.end()) return true;
  }
  if (recipe_.checkpoint.every_n_steps && position_.step % *recipe_.checkpoint.every_n_steps == 0) return true;
  return position_.batch == 0 && position_.epoch % recipe_.checkpoint.every_n_epochs == 0;
}

// One optimizer step of every player on one batch.
void Trainer::make_step() {
  enter_phase("the data of step", position_.step + 1);
  const Batch batch = experiment_.place(train_->next());
  const Setting setting = this->setting();
  std::optional<StepObserver> observer;
  if (diagnostics_.due(position_.step) && !experiment_.stage())
    observer.emplace();  // It would see a part of the network.
  // Stages draw for their own layers: where their streams stand follows from the step alone.
  if (experiment_.stage()) streams_.seed(rank_seed(position_.step, group_.rank()));
  StepObserver* watching = observer ? &*observer : nullptr;
  step_.freeze(position_.step);
  std::vector<Turned> turns;
  bool made = true;  // A step that diverged counts as done, but changed nothing.
  for (size_t player = 0; made && player < step_.players(); ++player) {
    if (!step_.due(player, position_.step)) continue;
    std::optional<Turned> turned = turn(player, batch, setting, watching);
    made = turned.has_value();
    if (made) turns.push_back(std::move(*turned));
  }
  if (made) {
    for (const Turned& turned : turns) {
      window_.add(turned.outcome, turned.numbers, step_.players() == 1);
      epoch_means_.add(turned.outcome, turned.numbers, step_.players() == 1);
    }
    diagnose(turns, batch, watching, setting.lr);
    recovery_.progressed = true;
    if (recipe_.trainer.on_divergence == "skip") recovery_.in_a_row = 0;
  }
  ++position_.step;
  if (++position_.batch == batches_) {
    position_.batch = 0;
    ++position_.epoch;
    diagnostics_.epoch_done(position_.step);
  }
  const Optional<Swa>& swa = recipe_.regularization.swa;
  if (made) step_.finish(position_.step, swa && swa_takes(*swa, span_, position_.step));
  // Ranks have as many samples as this one, or one more.
  console_.step(position_.step, span_.total_steps, batch.count * sharers_.size(), train_->waited_seconds());
  if (position_.step % recipe_.logging.every_n_steps == 0) record_step(setting);
}

namespace {

// Shows the first part of a turn to the diagnoses.
struct FirstPart final : StepWatcher {
  StepObserver& observer;
  const Learner& learner;
  FirstPart(StepObserver& observer, const Learner& learner) : observer(observer), learner(learner) {}
  void part(const Part& part, const std::function<void()>& work) override {
    if (part.rows.begin > 0) return work();
    observer.watch(learner.player, *learner.parameters, work);
  }
};

}  // namespace

// Forward, backward and update of one player. Nothing, and no update, when loss or gradient are not finite.
std::optional<Trainer::Turned> Trainer::turn(size_t player, const Batch& batch, const Setting& setting,
                                             StepObserver* observer) {
  enter_phase("the gradients of step", position_.step + 1);
  const Learner& learner = step_.learner(player);
  TurnStart& start = *before_[player].start;
  if (recipe_.trainer.on_divergence == "skip" && player + 1 < step_.players())
    before_[player].copies = learner.parameters->copies();

  if (!recorded_ || observer) {
    start.take();
  } else if (auto made = recorded_->make(player, batch, position_.step, setting, start)) {
    if (made->numbers.finite) return Turned{player, std::move(made->outcome), std::move(made->numbers)};
    diverged(player, batch, made->numbers.loss, setting.lr);
    return {};
  }
  Turned turned{player, {}, {}};
  const std::vector<Part> parts = parts_of(experiment_, batch);
  if (observer) {
    FirstPart watcher(*observer, learner);
    turned.outcome = step_.learn(player, parts, position_.step, &watcher);
  } else {
    turned.outcome = step_.learn(player, parts, position_.step);
  }
  const bool alike = experiment_.parted && !experiment_.passes_together();  // those with the same rows do the same
  const bool asked = alike ? any_rank(experiment_.parted->group(), stop_requested() != 0) : stop_requested() != 0;
  if (step_.exchange(player, turned.outcome, {asked ? 1.0 : 0.0}).front() > 0) stop_agreed_ = true;
  enter_phase("the update of step", position_.step + 1);
  const double norm = observer ? learner.parameters->gradient_norm() : 0.0;
  turned.numbers = step_.limit(player, turned.outcome);
  if (turned.numbers.overflowed) {
    tell_overflow();
    return {};
  }
  if (!turned.numbers.finite) {
    diverged(player, batch, turned.numbers.loss, setting.lr);
    return {};
  }
  if (observer) observer->before_update(learner.player, player, *learner.parameters, norm);
  const Again again{parts, position_.step, start};
  if (const auto loss = step_.update(player, setting, turned.numbers.loss, again)) {
    diverged(player, batch, *loss, setting.lr);
    return {};
  }
  if (observer) observer->after_update();
  return turned;
}

void Trainer::tell_overflow() {
  if (step_.loss_scale()->skipped > 1) return;
  log_info(
      fmt::format("hardware.precision: step {}: gradients overflow float16 with the loss scaled by {:.0f}: the step "
                  "changes no weight, and the scale is halved. Further such steps are counted, not told.",
                  position_.step + 1, step_.loss_scale()->value * 2));
}

Course Trainer::course() const {
  return {position_.step, span_.total_steps, span_.steps_per_epoch, monitored_, best_.higher()};
}

Setting Trainer::setting() const {
  Setting setting = recipe_.lr_scheduler->at(recipe_.optimizer->lr, course());
  if (const Optional<Swa>& swa = recipe_.regularization.swa; swa && swa->lr) {
    Course start = course();
    start.step = swa_start(*swa, span_);
    if (position_.step >= start.step)
      setting.lr = swa_rate(*swa, span_, recipe_.lr_scheduler->at(recipe_.optimizer->lr, start).lr, position_.step);
  }
  setting.lr *= recovery_.rate_factor;
  return setting;
}

// Shows the step that was just made to the diagnoses.
void Trainer::diagnose(const std::vector<Turned>& turns, const Batch& batch, StepObserver* observer,
                       double learning_rate) {
  if (turns.empty()) return;
  const double loss = turns.front().numbers.loss;
  const Outcome& first = turns.front().outcome;
  diagnostics_.step({position_.step + 1, batch.count, loss, recipe_.optimizer->lr}, step_.players());
  if (diagnostics_.counts_classes() && first.comparable()) diagnostics_.count(first.truth["target"]);
  if (!observer) return;
  for (const Turned& turned : turns) observer->outcome(turned.outcome, batch);
  Observation seen = observer->take();
  seen.step = position_.step + 1;
  seen.first = position_.step == 0;
  seen.players = step_.players();
  seen.learning_rate = learning_rate;
  seen.full_rate = recipe_.optimizer->lr;
  seen.loss = loss;
  diagnostics_.look(std::move(seen));
}

void Trainer::record_step(const Setting& setting) {
  nlohmann::ordered_json record = {{"event", "step"}, {"step", position_.step}, {"epoch", position_.epoch}};
  const Results means = window_.read();
  for (const auto& [name, value] : means) record["train/" + name] = value;
  record["lr"] = setting.lr;
  if (setting.momentum) record["momentum"] = *setting.momentum;
  record["samples_per_second"] = console_.samples_per_second();
  record["stall"] = console_.stall();
  window_.reset();
  journal_.tell(record);
  console_.window(means, setting.lr);
  console_.restart_window();
}

std::string Trainer::describe_end() const {
  if (position_.stopped_early)
    return "stopped early: no improvement in " + std::to_string(recipe_.regularization.early_stopping->patience) +
           " validations";
  return "all " + std::to_string(span_.total_steps) + " steps done";
}

}  // namespace dlrun
