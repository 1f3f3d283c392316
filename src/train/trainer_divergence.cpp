// What the trainer does about a step that is not finite: it examines, keeps and tells it, and then stops, skips the
// step or rolls back.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "data/whole_batches.h"
#include "dist/agreement.h"
#include "step/turn_fault.h"
#include "train/trainer.h"

namespace dlrun {
namespace {

constexpr int64_t kept_events = 10;  // Each keeps a copy of the weights; a run may skip many steps.

const char* remedy(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::batch:
      return "Look at these samples; trainer.on_divergence=skip leaves their batches out.";
    case Fault::Kind::weight:
      return "Usual remedies: a lower optimizer.lr, lr_scheduler.warmup_steps, trainer.on_divergence=rollback.";
    default:
      return "Usual remedies: a lower optimizer.lr, lr_scheduler.warmup_steps, regularization.gradient_clipping, "
             "trainer.on_divergence=skip or rollback.";
  }
}

}  // namespace

bool Trainer::state_finite() const {
  bool finite = true;
  for (const Learner& learner : step_.learners()) finite = finite && learner.parameters->finite();
  // Of a sharded optimizer, or of a network held together, each process knows its own part.
  if ((recipe_.hardware.strategy == "zero1" || experiment_.parted) && any_rank(group_, !finite)) return false;
  if (!finite) return false;
  for (const NamedTensor& buffer : experiment_.all->buffers())
    if (buffer.tensor->is_floating_point() && !at::isfinite(*buffer.tensor).all().item<bool>()) return false;
  return true;
}

// A loss is one number for all its rows: those whose own loss is not finite, each looked at alone. None where a
// batch is one whole: graphs, episodes.
std::vector<int64_t> Trainer::rows_not_finite(const Batch& batch, size_t player) {
  std::vector<int64_t> found;
  if (!batch.whole_field().empty() || makes_whole_batches(*experiment_.recipe.sampler)) return found;
  const c10::NoGradGuard no_gradients;
  experiment_.all->set_training(false);  // Norms take a row alone only so.
  for (int64_t row = 0; row < batch.count; ++row) {
    const Outcome outcome = forward_turn(experiment_, batch.cut(row, 1), player, position_.step);
    if (!std::isfinite(outcome.loss.mean.item<double>())) found.push_back(row);
  }
  experiment_.all->set_training(true);
  return found;
}

// Runs the turn again from where it started, under the tap, and leaves everything as it was before the turn. The
// weights are those at which it was not finite: an optimizer may have moved them on the way to its update.
void Trainer::diverged(size_t player, const Batch& batch, double loss, double learning_rate) {
  const TurnStart& start = *before_[player].start;
  Divergence divergence{position_.step + 1,
                        position_.epoch,
                        position_.batch,
                        player,
                        step_.learner(player).player.name,
                        learning_rate,
                        loss,
                        {},
                        {},
                        {}};
  start.restore();
  divergence.fault = find_fault_of_turn(experiment_, step_, batch, player, position_.step);
  start.restore();
  if (divergence.fault.rows.empty() && divergence.fault.kind == Fault::Kind::operation && step_.players() == 1 &&
      !experiment_.parted) {  // whose processes would have to look for the same rows
    divergence.fault.rows = rows_not_finite(batch, player);
    start.restore();
  }

  divergence.samples = name_samples(*experiment_.splits.train, batch.ids);
  // Rows of what a network made up, or of the nodes of a graph, are not samples.
  const bool by_row = divergence.fault.kind == Fault::Kind::batch || step_.players() == 1;
  if (by_row && !batch.ids.empty())
    for (const int64_t row : divergence.fault.rows) divergence.offending.push_back(divergence.samples[row]);

  std::string folder;
  const int64_t teller = teller_of(divergence.fault);
  // Parts of weights are of no use to who runs it again.
  if (recovery_.events < kept_events && teller == group_.rank() && !experiment_.parted) {
    TensorList state = start.tensors();
    for (const NamedTensor& parameter : experiment_.all->parameters())
      state.emplace_back(kept_name(kept_model, parameter.name), parameter.tensor->detach());
    folder = write_divergence(run_folder_, divergence, {batch, state, experiment_.fitted});
  }
  step_.put_back(player);
  if (recipe_.trainer.on_divergence == "skip") undo(player);
  recover(divergence, teller, folder);
}

// Of several processes each examined its own rows: the first that found something tells, for all of them. Of those that
// have layers each, the one where it began.
int64_t Trainer::teller_of(const Fault& fault) {
  if (experiment_.stage()) {
    bool made = fault.kind != Fault::Kind::none;
    for (const Content& input : fault.inputs) made = made && input.finite();
    if (const int64_t rank = first_rank(group_, made); rank >= 0) return rank;
  }
  return std::max<int64_t>(0, first_rank(group_, fault.kind != Fault::Kind::none));
}

// An update made a weight, the optimizer's memory or a norm's statistics not finite: seen before they are used or kept.
void Trainer::state_diverged() {
  Divergence divergence;
  divergence.step = position_.step;
  divergence.epoch = position_.epoch;
  divergence.batch = position_.batch;
  divergence.fault = find_fault(*experiment_.all, {}, [](RowRange&) {});
  for (const Learner& learner : step_.learners()) {
    for (const auto& [name, tensor] : learner.parameters->state())
      if (divergence.fault.kind == Fault::Kind::none && !content_of(tensor).finite())
        divergence.fault = {
            Fault::Kind::weight, "the optimizer's " + name, "", false, "", {}, {content_of(tensor)}, {}};
  }
  recover(divergence, teller_of(divergence.fault), "");
}

void Trainer::recover(const Divergence& divergence, int64_t teller, const std::string& folder) {
  write_pending();  // One of them may be where this goes back to.
  ++recovery_.events;
  ++recovery_.in_a_row;
  recovery_.progressed = false;
  std::string action = recipe_.trainer.on_divergence;
  std::string surrender;
  if (action != "stop" && recovery_.in_a_row > recipe_.trainer.max_divergences)
    surrender = fmt::format("\nThat was number {} in a row (trainer.max_divergences).", recovery_.in_a_row);
  else if (any_rank(group_, action == "skip" && divergence.fault.kind == Fault::Kind::weight))
    surrender = "\nSkipping steps does not heal weights.";
  if (!surrender.empty()) action = "stop";
  if (action == "rollback") roll_back();

  nlohmann::ordered_json record = {{"event", "divergence"}, {"step", divergence.step}, {"epoch", divergence.epoch}};
  record["action"] = action;
  record["loss"] = divergence.loss;
  record["fault"] = divergence.fault.json();
  record["samples"] = nlohmann::ordered_json::array();
  for (const SampleName& sample : divergence.offending) record["samples"].push_back(sample.index);
  record["in_a_row"] = recovery_.in_a_row;
  record["rate_factor"] = recovery_.rate_factor;
  journal_.tell_of(group_, teller, record);

  std::string text = divergence.text() + surrender;
  if (!folder.empty()) text += "\nKept in " + folder + "; to see it again: dlrun replay " + folder;
  text = text_of_rank(group_, teller, text);
  const std::string advice = text_of_rank(group_, teller, remedy(divergence.fault));
  if (action == "stop")
    on_every_rank(group_, [&] {
      throw UserError(ExitCode::diverged, text + "\nThe weights of that step were not used" +
                                              (checkpoints_.list().empty() ? "; there is no checkpoint yet. "
                                                                           : "; the last checkpoint is kept. ") +
                                              advice);
    });
  if (action == "skip") text += "\nSkipped: the weights are as before it.";
  if (action == "rollback")
    text += fmt::format(
        "\nRolled back to the weights of step {}; the learning rate is {:.3g} times the schedule's from "
        "here on.",
        recovery_.good_step, recovery_.rate_factor);
  log_warning(text);
}

void Trainer::undo(size_t player) {
  for (size_t i = 0; i < player; ++i)
    if (step_.due(i, position_.step)) step_.learner(i).parameters->assign(before_[i].copies);
  for (size_t i = 0; i <= player; ++i)
    if (step_.due(i, position_.step)) return before_[i].start->restore();
}

void Trainer::roll_back() {
  for (const Checkpoint& checkpoint : checkpoints_.list()) {
    if (checkpoint.step != recovery_.good_step) continue;
    load_numbers(load(checkpoint), checkpoint.folder);
    recovery_.rate_factor *= recipe_.trainer.divergence_lr_factor;
    return;
  }
  throw UserError(ExitCode::no_input, fmt::format("trainer.on_divergence: the checkpoint of step {} to roll back to is "
                                                  "gone",
                                                  recovery_.good_step));
}

}  // namespace dlrun
