// Where a turn that is not finite went wrong.

#include "step/turn_fault.h"

#include "dist/group.h"

namespace dlrun {
namespace {

// Says which part is running.
struct CurrentPart final : StepWatcher {
  RowRange& rows;
  explicit CurrentPart(RowRange& rows) : rows(rows) {}
  void part(const Part& part, const std::function<void()>& work) override {
    rows = part.rows;
    work();
  }
};

}  // namespace

Fault find_fault_of_turn(const Experiment& experiment, Step& step, const Batch& batch, size_t player, int64_t done) {
  const std::vector<Part> parts = parts_of(experiment, batch);
  bool ran = false;
  const auto again = [&](RowRange& rows) {
    CurrentPart watcher(rows);
    Outcome outcome = step.learn(player, parts, done, &watcher);
    step.exchange(player, outcome);
    ran = true;
  };
  const Fault fault = find_fault(*experiment.all, batch, again);
  // What one process sees in its batch alone others have to look for: they may wait for its part of the turn.
  RowRange rows;
  if (!ran && experiment.group->size() > 1) again(rows);
  return fault;
}

}  // namespace dlrun
