// The commit rule under faults and crashes: after any call, what was promised is there.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <vector>

#include "base/log.h"
#include "fake_files.h"
#include "run/checkpoint.h"

namespace dlrun::checkpoint_crash_test {
namespace {

using test::FakeFiles;
constexpr const char* folder = "/runs/one/checkpoints";

struct Quiet {
  Quiet() { set_log_verbosity(-2); }
  ~Quiet() { set_log_verbosity(0); }
};

State state_of(int64_t step) {
  State state;
  state.tensors = {{"weight", at::full({64}, static_cast<double>(step))}};
  state.values = {{"step", step}};
  return state;
}

bool complete(const CheckpointStore& store, const Checkpoint& checkpoint) {
  State state = store.load(checkpoint);
  return state.values["step"] == checkpoint.step && state.tensors.size() == 1 &&
         at::equal(state.tensors[0].second, state_of(checkpoint.step).tensors[0].second);
}

// What a run does: save, drop what is no longer needed, save a step again after resuming.
void scenario(CheckpointStore& store, const std::function<void(int64_t)>& promise) {
  store.recover();
  store.save(10, state_of(10));
  promise(10);
  store.save(20, state_of(20));
  promise(20);
  store.keep_only({20});
  store.save(20, state_of(20));
  store.save(30, state_of(30));
  promise(30);
  store.keep_only({30});
}

int64_t step_of(const std::optional<Checkpoint>& checkpoint) { return checkpoint ? checkpoint->step : 0; }

TEST_CASE("after a crash at any moment the last checkpoint promised, or a newer one, is complete") {
  Quiet quiet;
  FakeFiles files;
  files.install();
  int64_t promised = 0;
  std::vector<std::pair<FakeFiles, int64_t>> moments;
  files.before_call = [&] { moments.emplace_back(files, promised); };
  CheckpointStore store(folder);
  scenario(store, [&](int64_t step) { promised = step; });
  moments.emplace_back(files, promised);
  REQUIRE(moments.size() > 40);

  Random random(1, 2);
  for (const auto& [moment, step] : moments) {
    for (int repeat = 0; repeat < 40; ++repeat) {
      auto kind = static_cast<FakeFiles::Crash>(std::min(repeat, 3));
      FakeFiles found = moment.after_crash(repeat % 4 == 2 ? FakeFiles::Crash::prefix : kind, random);
      found.install();
      CheckpointStore again(folder);
      again.recover();
      auto latest = again.latest();
      INFO("call " << (&moment - &moments[0].first) << " promised " << step << " found " << step_of(latest));
      REQUIRE(step_of(latest) >= step);
      if (latest) REQUIRE(complete(again, *latest));
      // And the run goes on from there.
      again.save(40, state_of(40));
      REQUIRE(step_of(again.latest()) == 40);
      for (const std::string& name : found.list(folder)) {
        INFO(name);
        REQUIRE(name.size() == std::string("step-00000040").size());
      }
    }
  }
}

TEST_CASE("checkpoints of an abandoned future do not come back after a crash") {
  Quiet quiet;
  FakeFiles files;
  files.install();
  CheckpointStore store(folder);
  store.recover();
  for (int64_t step : {10, 20, 30}) store.save(step, state_of(step));
  store.remove_after(10);
  Random random(1, 3);
  for (int repeat = 0; repeat < 100; ++repeat) {
    FakeFiles found = files.after_crash(static_cast<FakeFiles::Crash>(std::min(repeat, 3)), random);
    found.install();
    REQUIRE(step_of(CheckpointStore(folder).latest()) == 10);
  }
}

TEST_CASE("a failing call costs the checkpoint being written and no other") {
  Quiet quiet;
  int64_t all = 0;
  {
    FakeFiles files;
    files.install();
    CheckpointStore store(folder);
    scenario(store, [](int64_t) {});
    all = files.calls;
  }
  REQUIRE(all > 40);
  enum class Fault { once, full_disk, dead };
  for (Fault fault : {Fault::once, Fault::full_disk, Fault::dead}) {
    for (int64_t call = 0; call < all; ++call) {
      INFO("fault " << static_cast<int>(fault) << " at call " << call);
      FakeFiles files;
      files.install();
      (fault == Fault::once   ? files.fail_at
       : fault == Fault::dead ? files.fail_all_from
                              : files.fail_writes_from) = call;
      CheckpointStore store(folder);
      int64_t promised = 0;
      bool failed = false;
      try {
        scenario(store, [&](int64_t step) { promised = step; });
      } catch (const UserError& error) {
        failed = true;
        REQUIRE(error.code() == ExitCode::io_error);
      }
      if (fault != Fault::full_disk) REQUIRE(failed);  // The last calls only give space back.
      files.fail_at = files.fail_all_from = files.fail_writes_from = -1;
      // In the same process, as a reader sees it; then as a resumed run does.
      if (promised != 20) CHECK(step_of(store.latest()) >= promised);
      CheckpointStore again(folder);
      again.recover();
      auto latest = again.latest();
      REQUIRE(step_of(latest) >= promised);
      if (latest) REQUIRE(complete(again, *latest));
      again.save(20, state_of(20));
      again.save(50, state_of(50));
      again.keep_only({50});
      REQUIRE(step_of(again.latest()) == 50);
      REQUIRE(files.list(folder).size() == 1);
    }
  }
}

}  // namespace
}  // namespace dlrun::checkpoint_crash_test
