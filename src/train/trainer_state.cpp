// What a checkpoint holds of a training, and how it comes back.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/phase.h"
#include "base/signals.h"
#include "dist/agreement.h"
#include "experiment/parted_network.h"
#include "run/processor.h"
#include "run/weights.h"
#include "spec/read_json.h"
#include "train/trainer.h"

namespace dlrun {

using nlohmann::json;

namespace {

nlohmann::json to_json(const Position& position) {
  return {{"step", position.step},
          {"epoch", position.epoch},
          {"batch", position.batch},
          {"validated_step", position.validated_step},
          {"stopped_early", position.stopped_early}};
}

// More than any training makes, and few enough that epochs times batches are a number.
constexpr double most = 1e9, most_steps = 1e15;

struct StoredPosition final : Params {
  Position value;
  std::vector<Field> fields() override {
    return {field("step", value.step, "Steps done.", required(), between(0, most_steps)),
            field("epoch", value.epoch, "Epochs done.", required(), between(0, most)),
            field("batch", value.batch, "Batches of this epoch done.", required(), between(0, most)),
            field("validated_step", value.validated_step, "The last step validated after.", required(),
                  between(0, most_steps)),
            field("stopped_early", value.stopped_early, "Whether early stopping ended it.", required())};
  }
};

struct StoredRecovery final : Params {
  Recovery value;
  std::vector<Field> fields() override {
    return {field("events", value.events, "Steps that were not finite.", required(), between(0, most_steps)),
            field("in_a_row", value.in_a_row, "Of them in a row.", required(), between(0, most_steps)),
            field("progressed", value.progressed, "Whether weights changed since.", required()),
            field("rate_factor", value.rate_factor, "On the learning rate.", required(), between(0, 1)),
            field("good_step", value.good_step, "Where a rollback goes; -1: nowhere.", required(),
                  between(-1, most_steps))};
  }
};

nlohmann::json to_json(const Recovery& recovery) {
  return {{"events", recovery.events},
          {"in_a_row", recovery.in_a_row},
          {"progressed", recovery.progressed},
          {"rate_factor", recovery.rate_factor},
          {"good_step", recovery.good_step}};
}

// The part `key` of the values in a checkpoint's manifest.
template <class Stored>
auto read_part(const json& saved, const std::string& source, const char* key) {
  Stored stored;
  read_json(saved, source, std::string("values.") + key, stored);
  return stored.value;
}

// JSON has no NaN: null stands for it.
std::vector<double> numbers_of(const nlohmann::json& saved) {
  std::vector<double> numbers;
  for (const nlohmann::json& value : saved) numbers.push_back(value.is_null() ? std::nan("") : value.get<double>());
  return numbers;
}

}  // namespace

std::vector<Remembers> Trainer::remembers(const std::string& source) {
  return {
      {"position", [&] { return to_json(position_); },
       [=, this](const json& saved) { position_ = read_part<StoredPosition>(saved, source, "position"); }},
      {"window", [&] { return window_.save(); }, [&](const json& saved) { window_.load(saved, experiment_.device); }},
      {"epoch_means", [&] { return epoch_means_.save(); },
       [&](const json& saved) { epoch_means_.load(saved, experiment_.device); }},
      {"best", [&] { return best_.save(); }, [&](const json& saved) { best_.load(saved); }},
      {"monitored", [&] { return json(monitored_); }, [&](const json& saved) { monitored_ = numbers_of(saved); }},
      {"recovery", [&] { return to_json(recovery_); },
       [=, this](const json& saved) {
         recovery_ = read_part<StoredRecovery>(saved, source, "recovery");
         if (recipe_.trainer.on_divergence != "rollback") recovery_.good_step = -1;
       }},
      {"diagnosis", [&] { return diagnostics_.save(); }, [&](const json& saved) { diagnostics_.load(saved); }},
      {"score",
       [&] {
         if (!score_) return json();
         return score_->loss ? json{score_->name, score_->value, *score_->loss} : json{score_->name, score_->value};
       },
       [&](const json& saved) {
         score_.reset();
         if (saved.is_null()) return;
         score_ = Score{saved.at(0), saved.at(1).get<double>()};
         if (saved.size() > 2) score_->loss = saved.at(2).get<double>();
       }},
      {"averaged",
       [&] { return recipe_.regularization.swa ? json(step_.learners().front().average->taken()) : json(); },
       [&](const json& saved) {
         if (!recipe_.regularization.swa || saved.is_null()) return;
         for (const Learner& learner : step_.learners()) learner.average->restore(saved.get<int64_t>());
       }},
      {"loss_scale",
       [&] {
         const auto& scale = step_.loss_scale();
         return scale ? json{scale->value, scale->held, scale->skipped} : json();
       },
       [&](const json& saved) {
         if (!step_.loss_scale() || saved.is_null()) return;
         *step_.loss_scale() = {saved.at(0).get<double>(), saved.at(1).get<int64_t>(), saved.at(2).get<int64_t>()};
       }},
      {"patience", [&] { return patience_ ? patience_->save() : json(); },
       [&](const json& saved) {
         if (patience_) patience_->load(saved);
       }},
  };
}

State Trainer::state() {
  State state;
  for (const NamedTensor& entry : experiment_.all->parameters())
    state.tensors.emplace_back(kept_name(kept_model, entry.name), entry.tensor->detach());
  for (const NamedTensor& entry : experiment_.all->buffers())
    state.tensors.emplace_back(kept_name(kept_model, entry.name), *entry.tensor);
  for (const Learner& learner : step_.learners()) {
    for (const auto& [name, tensor] : learner.parameters->state())
      state.tensors.emplace_back(kept_name(kept_optimizer, name), tensor);
    if (learner.average)
      for (const auto& [name, tensor] : learner.parameters->named(learner.average->averages()))
        state.tensors.emplace_back(kept_name(kept_average, name), tensor);
  }
  if (average_norms_)
    for (const auto& [name, tensor] : average_norms_->tensors())
      state.tensors.emplace_back(kept_name(kept_average, name), tensor);
  for (const auto& [name, tensor] : train_->state()) state.tensors.emplace_back(kept_name(kept_feed, name), tensor);
  for (auto& [name, stream] : streams_.take()) state.tensors.emplace_back(name, stream);
  if (experiment_.parted) state.tensors = experiment_.parted->whole(state.tensors, first());
  state.values = save_values(remembers(""));
  state.values.update(
      {{"metrics_bytes", journal_.position()}, {"fitted", experiment_.fitted}, {"processor", describe_processor()}});
  return state;
}

std::vector<TensorList> Trainer::streams_of_others() {
  std::vector<TensorList> others(static_cast<size_t>(sharers_.size() - 1));
  for (const auto& [name, stream] : streams_.take()) {
    const at::Tensor all = sharers_.append(stream.unsqueeze(0));  // [ranks, bytes]
    for (size_t i = 0; i < others.size(); ++i) others[i].emplace_back(name, all[static_cast<int64_t>(i) + 1].clone());
  }
  return others;
}

// Sample order, weights and numbers do not depend on how many processes there are. Streams are each one's own: those
// that were there go on with theirs, further ones begin at a place of (seed, rank, step).
State Trainer::load(const Checkpoint& checkpoint) const {
  State state = checkpoints_.load(checkpoint);
  if (checkpoint.world_size != sharers_.size())
    log_warning(
        fmt::format("{} was computed by {} processes, and now there are {}: the same samples in the same order; "
                    "what networks draw while training (dropout) is drawn anew for other rows",
                    checkpoint.folder, checkpoint.world_size, sharers_.size()));
  if (experiment_.parted) state.tensors = experiment_.parted->parts(state.tensors);
  if (sharers_.rank() == 0) return state;
  TensorList own;
  if (sharers_.rank() < checkpoint.world_size) {
    own = checkpoints_.load(checkpoint, sharers_.rank()).tensors;
  } else {
    RandomStreams streams = streams_.copy();
    streams.seed(rank_seed(checkpoint.step, sharers_.rank()));
    own = streams.take();
  }
  for (auto& [name, stream] : own)
    for (auto& [known, tensor] : state.tensors)
      if (known == name) tensor = stream;
  return state;
}

void Trainer::save(Occasion occasion) {
  const bool rolls_back = recipe_.trainer.on_divergence == "rollback";
  if (position_.step == 0 && !rolls_back) return;
  // Signals come at any time: where a rollback goes must not depend on them.
  if (rolls_back && occasion == Occasion::scheduled) {
    if (recovery_.progressed) recovery_.in_a_row = 0;
    recovery_.good_step = position_.step;
  }
  if (saved_step_ == position_.step) return;
  enter_phase("the checkpoint of step", position_.step);
  measure_average();
  const bool scored = score_ && position_.validated_step == position_.step;
  DueCheckpoint due{position_.step, state(), scored ? score_ : std::optional<Score>(), streams_of_others()};
  on_every_rank(group_, [&] {
    if (!first()) return;
    if (may_wait(occasion) && !pending_.at_once(due.state)) return pending_.hold(std::move(due), kept());
    journal_.commit();
    prune(pending_.write(kept(), &due));
  });
  saved_step_ = position_.step;
}

// Several processes would have to agree on what time it is.
bool Trainer::may_wait(Occasion occasion) const {
  if (occasion == Occasion::signal || finished() || stop_requested() || group_.size() > 1) return false;
  return !recipe_.checkpoint.every_n_steps || position_.step % *recipe_.checkpoint.every_n_steps != 0;
}

void Trainer::write_pending() {
  if (!pending_.any()) return;
  journal_.commit();
  prune(pending_.write(kept()));
}

std::vector<int64_t> Trainer::kept() const {
  std::vector<int64_t> keep = best_.steps();
  if (recovery_.good_step >= 0) keep.push_back(recovery_.good_step);
  return keep;
}

// What is best may be a step that is about to be saved: it stays out of the question until then.
void Trainer::prune(int64_t last) {
  if (on_saved) on_saved(last);
  std::vector<int64_t> keep = kept();
  std::erase_if(keep, [&](int64_t step) { return step > last; });
  keep.push_back(last);
  checkpoints_.keep_only(keep);
}

void Trainer::load_numbers(const State& state, const std::string& source) {
  std::vector<NamedTensor> slots = experiment_.all->parameters();
  for (const NamedTensor& buffer : experiment_.all->buffers()) slots.push_back(buffer);
  load_weights(slots, kept_below(state.tensors, kept_model), source);
  for (const Learner& learner : step_.learners()) {
    learner.parameters->load_state(kept_below(state.tensors, kept_optimizer));
    if (!learner.average) continue;
    const TensorList saved = kept_below(state.tensors, kept_average);
    for (auto& [name, tensor] : learner.parameters->named(learner.average->averages()))
      for (const auto& [key, value] : saved)
        if (key == name) tensor.copy_(value);
  }
  if (average_norms_) average_norms_->load(kept_below(state.tensors, kept_average));
  streams_.restore(state.tensors);
}

void Trainer::restore(const Checkpoint& checkpoint) {
  const State state = load(checkpoint);
  load_numbers(state, checkpoint.folder);
  train_->load(kept_below(state.tensors, kept_feed));
  restore_values(remembers(checkpoint.folder), state.values, checkpoint.folder);
  if (position_.step != checkpoint.step)
    throw UserError(ExitCode::bad_data, fmt::format("{}: values.position.step: {}, but its manifest is of step {}",
                                                    checkpoint.folder, position_.step, checkpoint.step));
  saved_step_ = position_.step;
  // Earlier versions kept no statistics of the average.
  for (const auto& [name, tensor] : kept_below(state.tensors, kept_average))
    if (average_norms_ && name == average_norms_->tensors().front().first) measured_step_ = position_.step;
  group_.wait_for_all();  // All have read what they need.
  if (!first()) return;
  checkpoints_.remove_after(position_.step);
  prune(position_.step);  // A run killed between writing a checkpoint and pruning left one more than it would have.
}

}  // namespace dlrun
