// Checkpoints that wait: how many are written, which, and what is never lost but to a kill.

#include "train/pending.h"

#include <catch2/catch.hpp>
#include <csignal>

#include "base/signals.h"
#include "train/poisoned.h"

namespace dlrun::pending_test {
namespace {

DueCheckpoint due(int64_t step, double value) {
  DueCheckpoint made;
  made.step = step;
  made.state.tensors = {{"model.w", at::full({3}, value)}};
  made.state.values = {{"step", step}};
  return made;
}

std::vector<int64_t> steps_of(const CheckpointStore& store) {
  std::vector<int64_t> steps;
  for (const Checkpoint& each : store.list()) steps.push_back(each.step);
  return steps;
}

// Six epochs of six steps on 300 rows of a table, with a validation and a checkpoint after each.
const std::vector<std::string> epochs = {"trainer={epochs: 6, batch_size: 50}", "checkpoint={}",
                                         "data.val={split: 0.25}", "regularization={}"};

std::vector<std::string> with(std::vector<std::string> more) {
  std::vector<std::string> all = epochs;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_CASE("what is held is a copy, gives way to what comes later, and is written when it is still wanted") {
  const test::TempDir dir;
  CheckpointStore store(dir / "checkpoints");
  store.recover();
  PendingCheckpoints pending(store, 3600);
  DueCheckpoint first = due(1, 1.0);
  CHECK(pending.at_once(first.state));
  CHECK(pending.write({}, &first) == 1);
  DueCheckpoint second = due(2, 2.0);
  CHECK_FALSE(pending.at_once(second.state));
  const at::Tensor weight = second.state.tensors[0].second;
  pending.hold(std::move(second), {2});
  weight.fill_(-1);
  pending.hold(due(3, 3.0), {2});
  pending.hold(due(4, 4.0), {2});
  CHECK(pending.any());
  CHECK_FALSE(pending.ripe());
  CHECK(steps_of(store) == std::vector<int64_t>{1});
  // 3 was the last for a while and never the best.
  CHECK(pending.write({2}) == 4);
  CHECK(steps_of(store) == std::vector<int64_t>{1, 2, 4});
  CHECK_FALSE(pending.any());
  CHECK(store.load(store.list()[1]).tensors[0].second.equal(at::full({3}, 2.0)));
  CHECK(pending.write({2}) == -1);
  // One of the same step takes the other's place.
  pending.hold(due(5, 5.0), {5});
  pending.hold(due(5, 5.5), {5});
  DueCheckpoint last = due(6, 6.0);
  CHECK(pending.write({5}, &last) == 6);
  CHECK(steps_of(store) == std::vector<int64_t>{1, 2, 4, 5, 6});
  CHECK(store.load(store.list()[3]).tensors[0].second.equal(at::full({3}, 5.5)));
}

TEST_CASE("without a pause every checkpoint is written at once, and so is a large one") {
  const test::TempDir dir;
  CheckpointStore store(dir / "checkpoints");
  store.recover();
  PendingCheckpoints none(store, 0.0);
  DueCheckpoint first = due(1, 1.0);
  none.write({}, &first);
  CHECK(none.at_once(first.state));
  PendingCheckpoints hour(store, 3600);
  hour.write({}, &first);
  State large;
  large.tensors = {{"w", at::empty({int64_t{20} << 20})}};
  CHECK(hour.at_once(large));
}

// The checkpoints of a run whose training asks for so many batches and then fails, or is told to stop.
std::vector<int64_t> seen_at_step(const test::Table& table, const std::vector<std::string>& overrides, int64_t batch,
                                  bool stop) {
  struct Killed {};
  struct Watching final : Split {
    std::shared_ptr<Split> inner;
    int64_t left = 0;
    bool stop = false;
    int64_t size() const override { return inner->size(); }
    Batch gather(std::span<const int64_t> indices) const override {
      auto& self = const_cast<Watching&>(*this);
      if (--self.left == 0) {
        if (!stop) throw Killed();
        request_stop(SIGTERM);
      }
      return inner->gather(indices);
    }
  };
  std::vector<std::string> all = with(overrides);
  all.push_back("hardware.loader_threads=0");
  test::Training training(table.recipe, table.temp / "seen",
                          {all,
                           [&](Experiment& experiment) {
                             auto split = std::make_shared<Watching>();
                             split->inner = experiment.splits.train;
                             split->left = batch;
                             split->stop = stop;
                             experiment.splits.train = split;
                           },
                           {}});
  if (stop)
    CHECK(training.trainer->run() == Ending::interrupted);
  else
    CHECK_THROWS_AS(training.trainer->run(), Killed);
  request_stop(0);
  return steps_of(*training.checkpoints);
}

TEST_CASE("a training of short epochs writes few checkpoints, and ends with those of one that writes each") {
  const test::Table table;
  const auto run = [&](const std::string& name, const std::vector<std::string>& overrides) {
    test::Training training(table.recipe, table.temp / name, {with(overrides), {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    return std::pair{training.state(), steps_of(*training.checkpoints)};
  };
  const auto [state, steps] = run("few", {});
  const auto [other, all] = run("all", {"checkpoint.min_seconds=0"});
  CHECK(test::same_tensors(state, other));
  CHECK(steps == all);
  CHECK(test::plain_metrics(table.temp / "few") == test::plain_metrics(table.temp / "all"));
}

// Six steps in an epoch: the first epoch's checkpoint is written, the second's and third's wait.
TEST_CASE("an error or a signal writes what waits; so do steps that the recipe names") {
  const test::Table table;
  // The error comes while step 20 is made: the checkpoint of step 18 was due before it.
  const std::vector<int64_t> failed = seen_at_step(table, {}, 20, false);
  REQUIRE_FALSE(failed.empty());
  CHECK(failed.back() == 18);
  const std::vector<int64_t> stopped = seen_at_step(table, {}, 20, true);
  CHECK(stopped.back() == 20);
}

TEST_CASE("a run that goes on from a checkpoint before those that waited ends with the same bits") {
  const test::Table table;
  const std::vector<std::string> all = with({"checkpoint.save_top_k=100", "checkpoint.min_seconds=0"});
  TensorList whole;
  std::string metrics;
  {
    test::Training training(table.recipe, table.temp / "run", {all, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    whole = training.state();
    metrics = test::plain_metrics(table.temp / "run");
  }
  test::Training resumed(table.recipe, table.temp / "run", {all, {}, 6});
  REQUIRE(resumed.trainer->run() == Ending::complete);
  CHECK(test::same_tensors(resumed.state(), whole));
  CHECK(test::plain_metrics(table.temp / "run") == metrics);
}

TEST_CASE("a rollback finds a checkpoint that waited") {
  const test::Table table;
  const auto run = [&](const std::string& name, const std::vector<std::string>& overrides) {
    std::vector<std::string> more = {"trainer.on_divergence=rollback"};
    more.insert(more.end(), overrides.begin(), overrides.end());
    test::Training training(table.recipe, table.temp / name,
                            {with(more), test::poison({permutation(300, test::table_seed, 2)[10]}), {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    CHECK(training.trainer->recovery().events > 0);
    return training.state();
  };
  CHECK(test::same_tensors(run("waiting", {}), run("written", {"checkpoint.min_seconds=0"})));
}

}  // namespace
}  // namespace dlrun::pending_test
