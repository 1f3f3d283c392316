// What a checkpoint holds of a training, and how it comes back.

#include <ATen/ATen.h>

#include "base/error.h"
#include "run/processor.h"
#include "run/weights.h"
#include "train/trainer.h"

namespace dlrun {
namespace {

TensorList tensors_below(const State& state, const std::string& prefix) {
  TensorList found;
  for (const auto& [name, tensor] : state.tensors)
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  return found;
}

}  // namespace

State Trainer::state() {
  State state;
  for (const NamedTensor& entry : experiment_.network->parameters())
    state.tensors.emplace_back("model." + entry.name, entry.tensor->detach());
  for (const NamedTensor& entry : experiment_.network->buffers())
    state.tensors.emplace_back("model." + entry.name, *entry.tensor);
  for (const Learner& learner : learners_) {
    for (const auto& [name, tensor] : learner.parameters->state())
      state.tensors.emplace_back("optimizer." + name, tensor);
    if (learner.average)
      for (const auto& [name, tensor] : learner.parameters->named(learner.average->averages()))
        state.tensors.emplace_back("ema." + name, tensor);
  }
  for (auto& [name, stream] : streams_.take()) state.tensors.emplace_back(name, stream);
  state.values = {{"position",
                   {{"step", position_.step},
                    {"epoch", position_.epoch},
                    {"batch", position_.batch},
                    {"validated_step", position_.validated_step},
                    {"stopped_early", position_.stopped_early}}},
                  {"window", window_.save()},
                  {"epoch_means", epoch_means_.save()},
                  {"best", best_.save()},
                  {"recovery",
                   {{"events", recovery_.events},
                    {"in_a_row", recovery_.in_a_row},
                    {"progressed", recovery_.progressed},
                    {"rate_factor", recovery_.rate_factor},
                    {"good_step", recovery_.good_step}}},
                  {"diagnosis", doctor_.save()},
                  {"metrics_bytes", metrics_.commit()},
                  {"fitted", experiment_.fitted},
                  {"processor", describe_processor()}};
  if (score_) state.values["score"] = {score_->name, score_->value};
  if (patience_) state.values["patience"] = patience_->save();
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
  const bool scored = score_ && position_.validated_step == position_.step;
  checkpoints_.save(position_.step, state(), scored ? score_ : std::optional<Score>());
  prune();
  saved_step_ = position_.step;
}

void Trainer::prune() {
  std::vector<int64_t> keep = best_.steps();
  keep.push_back(position_.step);
  if (recovery_.good_step >= 0) keep.push_back(recovery_.good_step);
  checkpoints_.keep_only(keep);
}

void Trainer::load_numbers(const State& state, const std::string& source) {
  std::vector<NamedTensor> slots = experiment_.network->parameters();
  for (const NamedTensor& buffer : experiment_.network->buffers()) slots.push_back(buffer);
  load_weights(slots, tensors_below(state, "model."), source);
  for (Learner& learner : learners_) {
    learner.parameters->load_state(tensors_below(state, "optimizer."));
    if (!learner.average) continue;
    const TensorList saved = tensors_below(state, "ema.");
    for (auto& [name, tensor] : learner.parameters->named(learner.average->averages()))
      for (const auto& [key, value] : saved)
        if (key == name) tensor.copy_(value);
  }
  streams_.restore(state.tensors);
}

void Trainer::restore(const Checkpoint& checkpoint) {
  const State state = checkpoints_.load(checkpoint);
  load_numbers(state, checkpoint.folder);
  const nlohmann::json& position = state.values.at("position");
  position_ = {position.at("step"), position.at("epoch"), position.at("batch"), position.at("validated_step"),
               position.at("stopped_early")};
  const nlohmann::json& recovery = state.values.at("recovery");
  recovery_ = {recovery.at("events"), recovery.at("in_a_row"), recovery.at("progressed"), recovery.at("rate_factor"),
               recovery.at("good_step")};
  if (recipe_.trainer.on_divergence != "rollback") recovery_.good_step = -1;
  doctor_.load(state.values.at("diagnosis"));
  window_.load(state.values.at("window"));
  epoch_means_.load(state.values.at("epoch_means"));
  best_.load(state.values.at("best"));
  score_.reset();
  if (state.values.contains("score"))
    score_ = Score{state.values.at("score").at(0), state.values.at("score").at(1).get<double>()};
  if (patience_) patience_->load(state.values.at("patience"));
  checkpoints_.remove_after(position_.step);
  prune();  // A run killed between writing a checkpoint and pruning left one more than it would have.
  saved_step_ = position_.step;
}

}  // namespace dlrun
