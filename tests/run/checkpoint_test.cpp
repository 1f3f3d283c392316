// Checkpoints: what is saved is what is loaded.

#include "run/checkpoint.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "support.h"

namespace dlrun::checkpoint_test {
namespace {

State state_of(int64_t step) {
  State state;
  state.tensors = {{"weight", at::full({3, 4}, static_cast<double>(step))}, {"count", at::full({2}, step, at::kLong)}};
  state.values = {{"epoch", step / 10}, {"loss", 0.1 * static_cast<double>(step)}, {"name", "run"}};
  return state;
}

void same(const State& a, const State& b) {
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    auto other = std::find_if(b.tensors.begin(), b.tensors.end(), [&](const auto& each) { return each.first == name; });
    REQUIRE(other != b.tensors.end());
    CHECK(at::equal(tensor, other->second));
  }
  CHECK(a.values == b.values);
}

TEST_CASE("a saved state loads with equal tensors and values") {
  test::TempDir folder;
  CheckpointStore store(folder / "checkpoints");
  store.recover();
  CHECK_FALSE(store.latest());
  State state = state_of(7);
  state.tensors.emplace_back("image", at::randn({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast));
  state.tensors.emplace_back("empty", at::empty({0, 3}));
  state.tensors.emplace_back("scalar", at::scalar_tensor(-0.0));
  state.values["tiny"] = 4.9406564584124654e-324;
  state.values["seed"] = uint64_t{18446744073709551615u};
  store.save(7, state);
  auto latest = store.latest();
  REQUIRE(latest);
  CHECK(latest->step == 7);
  State loaded = store.load(*latest);
  same(state, loaded);
  CHECK(loaded.values["seed"].get<uint64_t>() == 18446744073709551615u);
}

TEST_CASE("values that are not finite survive") {
  test::TempDir folder;
  CheckpointStore store(folder / "checkpoints");
  store.recover();
  double infinity = std::numeric_limits<double>::infinity();
  State state;
  state.values = {{"list", {infinity, -infinity, 1.5}}, {"inside", {{"nan", std::nan("")}}}};
  store.save(1, state);
  auto values = store.load(*store.latest()).values;
  CHECK(values["list"] == nlohmann::json{infinity, -infinity, 1.5});
  CHECK(std::isnan(values["inside"]["nan"].get<double>()));
}

TEST_CASE(
    "the best checkpoint is the best finite score of that name; of equals that of the lowest loss, then the latest") {
  test::TempDir folder;
  CheckpointStore store(folder / "checkpoints");
  store.recover();
  store.save(1, state_of(1), Score{"val/loss", std::nan("")});
  store.save(2, state_of(2), Score{"val/loss", 0.5});
  store.save(3, state_of(3), Score{"val/loss", 0.25});
  store.save(4, state_of(4), Score{"val/loss", 0.25});
  store.save(5, state_of(5), Score{"other", 0.0});
  store.save(6, state_of(6));
  CHECK(store.best("val/loss", Better::lower)->step == 4);
  CHECK(store.best("val/loss", Better::higher)->step == 2);
  CHECK_FALSE(store.best("val/accuracy", Better::higher));
  CHECK(store.latest()->step == 6);
  store.save(7, state_of(7), Score{"val/accuracy", 0.75, 0.6});
  store.save(8, state_of(8), Score{"val/accuracy", 0.75, 0.5});
  store.save(9, state_of(9), Score{"val/accuracy", 0.75, 0.55});
  store.save(10, state_of(10), Score{"val/accuracy", 0.75});
  CHECK(store.best("val/accuracy", Better::higher)->step == 8);
  CHECK(store.best("val/accuracy", Better::lower)->step == 8);
  CHECK(store.best("val/accuracy", Better::higher)->score->loss == 0.5);
}

TEST_CASE("pruning keeps what it is told to keep") {
  test::TempDir folder;
  CheckpointStore store(folder / "checkpoints");
  store.recover();
  for (int64_t step : {10, 20, 30, 40}) store.save(step, state_of(step));
  store.keep_only({20, 40});
  std::vector<int64_t> steps;
  for (const Checkpoint& each : store.list()) steps.push_back(each.step);
  CHECK(steps == std::vector<int64_t>{20, 40});
  store.remove_after(20);
  CHECK(store.latest()->step == 20);
  CHECK(FileSystem::instance().list(folder / "checkpoints") == std::vector<std::string>{"step-00000020"});
}

}  // namespace
}  // namespace dlrun::checkpoint_test
