// The training loop.

#include "train/trainer.h"

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/signals.h"
#include "step/trained_parameters.h"

namespace dlrun {

TrainingSpan span_of(const TrainerSettings& settings, int64_t batches) {
  TrainingSpan span;
  span.steps_per_epoch = std::min(batches, settings.limit_train_batches.value_or(batches));
  span.total_steps = settings.epochs.value_or(0) * span.steps_per_epoch;
  if (settings.max_steps && (!settings.epochs || *settings.max_steps < span.total_steps))
    span.total_steps = *settings.max_steps;
  return span;
}

Trainer::Trainer(Experiment& experiment, const std::string& run_folder, CheckpointStore& checkpoints,
                 MetricsStream& metrics, Console& console)
    : experiment_(experiment),
      recipe_(experiment.recipe),
      run_folder_(run_folder),
      streams_(experiment.device),
      checkpoints_(checkpoints),
      metrics_(metrics),
      console_(console),
      train_(experiment.loader("train")),
      val_(recipe_.task->evaluates() ? experiment.loader("val") : nullptr),
      window_(nullptr),
      epoch_means_(recipe_.logging.train_metrics ? &recipe_.metrics : nullptr),
      best_(recipe_.checkpoint.save_top_k,
            higher_is_better(recipe_.checkpoint.monitor, recipe_.checkpoint.mode, recipe_.metrics)),
      doctor_(recipe_.diagnosis, recipe_.task->info().classes,
              [this](const nlohmann::ordered_json& record, const std::string& text) {
                metrics_.write(record);
                metrics_.flush();
                console_.record(record);
                log_warning(text);
              }) {
  span_ = span_of(recipe_.trainer, train_->batches());
  batches_ = span_.steps_per_epoch;
  std::vector<std::vector<ParameterSlot>> slots = trained_parameters(recipe_, *experiment.network);
  for (const Player& player : recipe_.task->players(*experiment.network)) {
    Learner learner{player, nullptr, nullptr, std::make_unique<TurnStart>(*experiment.network, experiment.device), {}};
    learner.parameters = std::make_unique<FlatParameters>(std::move(slots[learners_.size()]), *recipe_.optimizer,
                                                          experiment.channels_last);
    if (recipe_.regularization.ema)
      learner.average = std::make_unique<WeightAverage>(*recipe_.regularization.ema, learner.parameters->buffers());
    learners_.push_back(std::move(learner));
  }
  if (recipe_.regularization.early_stopping) {
    const EarlyStopping& stopping = *recipe_.regularization.early_stopping;
    const std::string& monitor = stopping.monitor.empty() ? recipe_.checkpoint.monitor : stopping.monitor;
    patience_.emplace(stopping, higher_is_better(monitor, stopping.mode, recipe_.metrics));
  }
}

Ending Trainer::run() {
  experiment_.network->set_training(true);
  train_->seek(position_.epoch, position_.batch);
  if (recipe_.trainer.on_divergence == "rollback" && recovery_.good_step < 0) save(Occasion::scheduled);
  while (true) {
    // What is not finite must reach no validation and no checkpoint.
    if ((validation_due() || checkpoint_due()) && !state_finite()) state_diverged();
    if (validation_due()) validate();
    if (stop_requested()) {
      // The undisturbed run would save here as well: then it is a goal of rollbacks.
      if (state_finite()) save(checkpoint_due() ? Occasion::scheduled : Occasion::signal);
      return Ending::interrupted;
    }
    if (checkpoint_due()) save(Occasion::scheduled);
    if (finished()) {
      doctor_.ended(position_.step);
      return Ending::complete;
    }
    step();
  }
}

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
void Trainer::step() {
  const Batch batch = experiment_.place(*train_->next());
  const double learning_rate = this->learning_rate();
  std::optional<StepObserver> observer;
  if (doctor_.due(position_.step)) observer.emplace();
  StepObserver* watching = observer ? &*observer : nullptr;
  std::vector<Outcome> outcomes;
  for (size_t player = 0; player < learners_.size(); ++player) {
    std::optional<Outcome> outcome = turn(player, batch, learning_rate, watching);
    if (!outcome) break;
    outcomes.push_back(std::move(*outcome));
  }
  const bool made = outcomes.size() == learners_.size();  // A step that diverged counts as done, but changed nothing.
  if (made) {
    for (const Outcome& outcome : outcomes) {
      window_.add(outcome, learners_.size() == 1);
      epoch_means_.add(outcome, learners_.size() == 1);
    }
    diagnose(outcomes, batch, watching, learning_rate);
    recovery_.progressed = true;
    if (recipe_.trainer.on_divergence == "skip") recovery_.in_a_row = 0;
  }
  ++position_.step;
  if (++position_.batch == batches_) {
    position_.batch = 0;
    train_->seek(++position_.epoch);
    doctor_.epoch_done(position_.step);
  }
  for (Learner& learner : learners_)
    if (made && learner.average) learner.average->update(position_.step);
  console_.step(position_.step, span_.total_steps, batch.count, train_->waited_seconds());
  if (position_.step % recipe_.logging.every_n_steps == 0) record_step(learning_rate);
}

// Forward, backward and update of one player. Nothing, and no update, when loss or gradient are not finite.
std::optional<Outcome> Trainer::turn(size_t player, const Batch& batch, double learning_rate, StepObserver* observer) {
  Learner& learner = learners_[player];
  if (learners_.size() > 1)
    for (size_t i = 0; i < learners_.size(); ++i) learners_[i].parameters->set_learning(i == player);
  learner.start->take();
  if (recipe_.trainer.on_divergence == "skip" && player + 1 < learners_.size())
    learner.before = learner.parameters->copies();
  learner.parameters->zero_gradients();

  Outcome outcome;
  for (const Part& part : parts_of(recipe_, batch)) {
    Outcome one;
    if (observer && part.rows.begin == 0)
      observer->watch(learner.player, *learner.parameters, [&] { one = learn(experiment_, part, player); });
    else
      one = learn(experiment_, part, player);
    outcome = outcome.loss.defined() ? joined(outcome, one) : one;
  }
  const double loss = outcome.loss.item<double>();
  const double norm = observer ? learner.parameters->gradient_norm() : 0.0;
  if (!std::isfinite(loss) || !limit_gradients(*learner.parameters)) {
    diverged(player, batch, loss, learning_rate);
    return {};
  }
  if (observer) observer->before_update(learner.player, player, *learner.parameters, norm);
  learner.parameters->step(learning_rate);
  if (observer) observer->after_update();
  return outcome;
}

// Penalties and clipping. False when a gradient is not finite: found by the pass that clipping needs anyway.
bool Trainer::limit_gradients(FlatParameters& parameters) const {
  parameters.add_penalty(recipe_.regularization.l1, recipe_.regularization.l2);
  if (!recipe_.regularization.gradient_clipping) return parameters.gradients_finite();
  const GradientClipping& clipping = *recipe_.regularization.gradient_clipping;
  if (clipping.type == "value") {
    const bool finite = parameters.gradients_finite();
    parameters.clamp_gradients(clipping.value);
    return finite;
  }
  const double norm = parameters.gradient_norm();
  if (norm > clipping.value) parameters.scale_gradients(clipping.value / (norm + 1e-6));
  return std::isfinite(norm) || parameters.gradients_finite();
}

double Trainer::learning_rate() const {
  return recovery_.rate_factor * recipe_.lr_scheduler->rate(recipe_.optimizer->lr, position_.step, span_);
}

// Shows the step that was just made to the diagnoses.
void Trainer::diagnose(const std::vector<Outcome>& outcomes, const Batch& batch, StepObserver* observer,
                       double learning_rate) {
  const double loss = outcomes.front().loss.item<double>();
  doctor_.step({position_.step + 1, batch.count, loss, recipe_.optimizer->lr}, learners_.size());
  if (doctor_.counts_classes() && outcomes.front().target.defined()) doctor_.count(outcomes.front().target);
  if (!observer) return;
  for (const Outcome& outcome : outcomes) observer->outcome(outcome, batch);
  Observation seen = observer->take();
  seen.step = position_.step + 1;
  seen.first = position_.step == 0;
  seen.players = learners_.size();
  seen.learning_rate = learning_rate;
  seen.full_rate = recipe_.optimizer->lr;
  seen.loss = loss;
  doctor_.look(std::move(seen));
}

void Trainer::record_step(double learning_rate) {
  nlohmann::ordered_json record = {{"event", "step"}, {"step", position_.step}, {"epoch", position_.epoch}};
  const Results means = window_.read();
  for (const auto& [name, value] : means) record["train/" + name] = value;
  record["lr"] = learning_rate;
  record["samples_per_second"] = console_.samples_per_second();
  record["stall"] = console_.stall();
  window_.reset();
  metrics_.write(record);
  metrics_.flush();
  console_.record(record);
  console_.window(means, learning_rate);
  console_.restart_window();
}

std::string Trainer::describe_end() const {
  if (position_.stopped_early)
    return "stopped early: no improvement in " + std::to_string(recipe_.regularization.early_stopping->patience) +
           " validations";
  return "all " + std::to_string(span_.total_steps) + " steps done";
}

}  // namespace dlrun
