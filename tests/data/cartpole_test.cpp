// The cart and its pole against episodes of Gymnasium, and the splits that every environment has.

#include <ATen/ATen.h>

#include <cmath>

#include "data/components.h"
#include "data/environment.h"
#include "golden.h"

namespace dlrun::cartpole_test {
namespace {

std::shared_ptr<Environment> cartpole(const nlohmann::json& values = nlohmann::json::object()) {
  return test::component<Environment>("cartpole", values);
}

TEST_CASE("cartpole moves as Gymnasium's CartPole-v1, and ends when it does") {
  const auto environment = cartpole();
  for (const nlohmann::json& episode : read_golden("cartpole")) {
    std::vector<double> start = episode["start"];
    start.push_back(0);
    at::Tensor state = at::tensor(start, at::kDouble).unsqueeze(0);
    const std::string actions = episode["actions"];
    size_t stored = 0;
    double total = 0;
    for (size_t i = 0; i < actions.size(); ++i) {
      INFO("move " << i);
      const Moved moved = environment->move(state, at::tensor({int64_t{actions[i] - '0'}}));
      state = moved.states;
      total += moved.reward.item<double>();
      const bool last = i + 1 == actions.size();
      CHECK(moved.terminated.item<bool>() == (last && episode["terminated"].get<bool>()));
      CHECK(moved.truncated.item<bool>() == (last && episode["truncated"].get<bool>()));
      const nlohmann::json& expected = episode["states"][stored];
      if (expected[0].get<size_t>() != i + 1) continue;
      ++stored;
      for (int64_t k = 0; k < 4; ++k)
        CHECK(std::abs(state[0][k].item<double>() - expected[static_cast<size_t>(k) + 1].get<double>()) < 1e-10);
      CHECK(at::equal(environment->observe(state), state.narrow(1, 0, 4).to(at::kFloat)));
    }
    CHECK(stored == episode["states"].size());
    CHECK(total == episode["rewards"].get<double>());
  }
}

TEST_CASE("many episodes at once move as each alone, and begin within a twentieth") {
  const auto environment = cartpole();
  const at::Tensor starts = episode_starts(3, Chance::start_val, 0, 50);
  const at::Tensor states = environment->start(starts);
  CHECK(states.narrow(1, 0, 4).abs().max().item<double>() < 0.05);
  CHECK(states.narrow(1, 0, 4).abs().max().item<double>() > 0.045);
  CHECK(states.select(1, 4).abs().max().item<double>() == 0);
  const at::Tensor actions = at::arange(50, at::kLong).remainder(2);
  const Moved all = environment->move(states, actions);
  for (int64_t i = 0; i < 50; ++i) {
    CHECK(at::equal(environment->start(starts.narrow(0, i, 1)), states.narrow(0, i, 1)));
    CHECK(at::equal(environment->move(states.narrow(0, i, 1), actions.narrow(0, i, 1)).states,
                    all.states.narrow(0, i, 1)));
  }
}

TEST_CASE("an environment's splits are functions of the seed, and its training samples are moves of its own") {
  const auto environment = cartpole({{"val_episodes", 20}, {"test_episodes", 30}});
  const Splits splits = environment->open({.seed = 5}), again = environment->open({.seed = 5});
  CHECK(splits.val->size() == 20);
  CHECK(splits.test->size() == 30);
  const std::vector<int64_t> some = {0, 7, 19};
  const Batch val = splits.val->gather(some);
  CHECK(at::equal(val["input"], again.val->gather(some)["input"]));
  CHECK_FALSE(at::equal(val["input"], splits.test->gather(some)["input"]));
  CHECK_FALSE(at::equal(val["input"], environment->open({.seed = 6}).val->gather(some)["input"]));
  CHECK(at::equal(val["input"], environment->observe(environment->start(val["start"]))));
  const Batch moves = splits.train->gather(some);
  const Moved moved = environment->move(environment->start(moves["start"]), moves["action"]);
  CHECK(at::equal(moves["next.input"], environment->observe(moved.states)));
  CHECK(splits.info.find("action")->names == std::vector<std::string>{"left", "right"});
  CHECK(cartpole({{"val_episodes", 0}})->open({}).val == nullptr);
  test::check_error([&] { environment->open_inputs({"a.csv"}, {}); }, ExitCode::usage, "which has no files");
}

}  // namespace
}  // namespace dlrun::cartpole_test
