// Checkpoints that are due but not on disk.

#include "train/pending.h"

#include <algorithm>

#include "base/clock.h"

namespace dlrun {
namespace {

constexpr uint64_t most_held = uint64_t{64}
                               << 20;  // bytes of one; what takes longer to write than to sync gains little

bool holds(const std::vector<int64_t>& steps, int64_t step) {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

void copy(TensorList& tensors) {
  for (auto& [name, tensor] : tensors) tensor = tensor.is_cpu() ? tensor.clone() : tensor.cpu();
}

}  // namespace

bool PendingCheckpoints::at_once(const State& state) const {
  if (!written_ || monotonic_seconds() >= *written_ + seconds_) return true;
  return checkpoint_bytes(state) > most_held;
}

void PendingCheckpoints::hold(DueCheckpoint due, const std::vector<int64_t>& keep) {
  copy(due.state.tensors);
  for (TensorList& tensors : due.others) copy(tensors);
  std::erase_if(held_, [&](const DueCheckpoint& each) { return each.step == due.step || !holds(keep, each.step); });
  held_.push_back(std::move(due));
}

int64_t PendingCheckpoints::write(const std::vector<int64_t>& keep, const DueCheckpoint* due) {
  int64_t last = -1;
  const auto save = [&](const DueCheckpoint& each) {
    store_.save(each.step, each.state, each.score, each.others);
    last = each.step;
    written_ = monotonic_seconds();
  };
  for (const DueCheckpoint& each : held_) {
    const bool needed = holds(keep, each.step) || (!due && &each == &held_.back());
    if (needed && !(due && due->step == each.step)) save(each);
  }
  held_.clear();
  if (due) save(*due);
  return last;
}

bool PendingCheckpoints::ripe() const {
  return !held_.empty() && monotonic_seconds() >= written_.value_or(0.0) + seconds_;
}

}  // namespace dlrun
