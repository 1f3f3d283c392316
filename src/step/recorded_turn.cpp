// Turns that are recorded once and then done again without the code that made them.

#include "step/recorded_turn.h"

#include <fmt/format.h>

#include <algorithm>

namespace dlrun {
namespace {

constexpr size_t most_kinds = 8;  // The memory of each recording is its own.
constexpr int64_t warm = 2;       // turns as ever: what is made on first use is there

// On a GPU some kernels add up in any order, so that a turn has not the same bits twice.
bool alike(const at::Tensor& one, const at::Tensor& other) {
  if (one.is_cpu()) return at::equal(one.nan_to_num(0.5), other.nan_to_num(0.5));
  return at::allclose(one, other, 1e-4, 1e-6, /*equal_nan=*/true);
}

bool alike(const Batch& one, const Batch& other) {
  return std::equal(one.items().begin(), one.items().end(), other.items().begin(), other.items().end(),
                    [](const Batch::Item& a, const Batch::Item& b) { return alike(a.value, b.value); });
}

}  // namespace

struct RecordedTurns::Kind {
  size_t player;
  Batch batch;  // where the recording looks for it
  std::vector<Part> parts;
  std::vector<bool> learning;
  int64_t seen = 0, replays = 0;
  std::unique_ptr<Recording> recording;
  UnreadTurn turn;

  bool takes(const Batch& other) const {
    return std::equal(batch.items().begin(), batch.items().end(), other.items().begin(), other.items().end(),
                      [](const Batch::Item& a, const Batch::Item& b) {
                        return a.name == b.name && a.rows == b.rows && a.value.sizes() == b.value.sizes() &&
                               a.value.strides() == b.value.strides() && a.value.dtype() == b.value.dtype();
                      });
  }
};

RecordedTurns::RecordedTurns(const Experiment& experiment, Step& step, std::function<void(const std::string&)> tell)
    : experiment_(experiment), step_(step), tell_(std::move(tell)), checked_(*experiment.all, experiment.device) {
  const std::string why = step.unrecordable();
  if (!why.empty())
    give_up(why);
  else if (!experiment.device.is_cpu())
    for (size_t player = 0; player < step.players(); ++player) step.learner(player).parameters->round_rates();
}

RecordedTurns::~RecordedTurns() = default;

void RecordedTurns::give_up(const std::string& why) {
  given_up_ = true;
  kinds_.clear();
  tell_(why);
}

RecordedTurns::Kind* RecordedTurns::kind_of(size_t player, const Batch& batch) {
  const std::vector<bool> learning = step_.learner(player).parameters->learning();
  for (const auto& kind : kinds_)
    if (kind->player == player && kind->learning == learning && kind->takes(batch)) return kind.get();
  if (kinds_.size() == most_kinds) return nullptr;
  auto kind = std::make_unique<Kind>(Kind{player, {}, {}, learning});
  for (const Batch::Item& item : batch.items()) kind->batch.set(item.name, item.value.clone(), item.rows);
  kind->batch.count = batch.count;
  kind->batch.ids = batch.ids;
  kind->parts = parts_of(experiment_, kind->batch);
  return kinds_.emplace_back(std::move(kind)).get();
}

std::optional<RecordedTurns::Made> RecordedTurns::make(size_t player, const Batch& batch, int64_t step,
                                                       const Setting& setting, TurnStart& start) {
  if (!given_up_ && setting.momentum) give_up("lr_scheduler moves a momentum that the optimizer takes from the CPU");
  Kind* kind = given_up_ ? nullptr : kind_of(player, batch);
  FlatParameters& parameters = *step_.learner(player).parameters;
  if (!kind || ++kind->seen <= warm || !parameters.begun()) {
    start.take();
    return {};
  }
  for (const Batch::Item& item : batch.items()) at::Tensor(kind->batch[item.name]).copy_(item.value);
  kind->batch.ids = batch.ids;
  parameters.set_rates(setting);
  try {
    if (!kind->recording) {
      start.take();
      record(*kind, step, start);
      return {};
    }
    ++kind->replays;
    const bool checks = (kind->replays & (kind->replays - 1)) == 0;
    if (checks ? !same(*kind, step, start) : (start.take_streams(), kind->recording->replay(), false)) {
      give_up(
          fmt::format("replay {} of one has other numbers than the step itself: something in it follows "
                      "from a number of the CPU, or is computed other than by an operator",
                      kind->replays));
      return {};
    }
  } catch (const CannotRecord& why) {
    start.restore();
    give_up(why.what());
    return {};
  }
  ++replayed_;
  return Made{kind->turn.outcome, step_.read(player, kind->turn)};
}

void RecordedTurns::record(Kind& kind, int64_t step, TurnStart& start) {
  FlatParameters& parameters = *step_.learner(kind.player).parameters;
  const std::vector<at::Tensor> before = parameters.copies();
  kind.recording = new_recording(experiment_.device);
  const auto put_back = [&] {
    parameters.assign(before);
    start.restore();
  };
  try {
    kind.recording->record([&] {
      start.take_buffers();
      kind.turn = step_.turn_unread(kind.player, kind.parts, step);
    });
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
}

// Makes the turn by the recording and by itself, of which the first is left where they agree; else nothing is.
bool RecordedTurns::same(Kind& kind, int64_t step, TurnStart& start) {
  FlatParameters& parameters = *step_.learner(kind.player).parameters;
  const std::vector<at::Tensor> before = parameters.copies();
  checked_.take();
  const UnreadTurn itself = step_.turn_unread(kind.player, kind.parts, step);
  const std::vector<at::Tensor> expected = parameters.copies();
  parameters.assign(before);
  checked_.restore();
  start.take_streams();
  kind.recording->replay();
  bool same = alike(itself.numbers, kind.turn.numbers) && alike(itself.outcome.answer, kind.turn.outcome.answer) &&
              alike(itself.outcome.truth, kind.turn.outcome.truth);
  const std::vector<at::Tensor> given = parameters.everything();
  for (size_t i = 0; i < given.size(); ++i) same = same && alike(given[i], expected[i]);
  if (same) return true;
  parameters.assign(before);
  checked_.restore();
  start.take();
  return false;
}

}  // namespace dlrun
