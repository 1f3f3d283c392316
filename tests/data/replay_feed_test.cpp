// A feed that plays: what it remembers, how it explores, and that it goes on from its state with the same bits.

#include "data/replay_feed.h"

#include <ATen/ATen.h>

#include <set>

#include "data/components.h"

namespace dlrun::replay_feed_test {
namespace {

// Counts up from start % 10: by 1 with action 0, by 2 with action 1. Terminated at 20 and more, truncated after 6
// moves.
struct Counter final : Environment {
  std::vector<Field> fields() override { return with_common({}); }
  std::vector<std::string> observed() const override { return {"number"}; }
  std::vector<std::string> actions() const override { return {"one", "two"}; }
  at::Tensor start(const at::Tensor& starts) const override {
    return at::stack({starts.remainder(10), at::zeros_like(starts)}, 1).to(at::kDouble);
  }
  at::Tensor observe(const at::Tensor& states) const override { return states.narrow(1, 0, 1).to(at::kFloat); }
  Moved move(const at::Tensor& states, const at::Tensor& actions) const override {
    const at::Tensor number = states.select(1, 0) + actions + 1, moves = states.select(1, 1) + 1;
    const at::Tensor over = number.ge(20);
    return {at::stack({number, moves}, 1), number.to(at::kFloat), over, over.logical_not().logical_and(moves.ge(6))};
  }
};

ReplayFeed feed_of(const ReplayOptions& options, Policy policy = {}) {
  if (!policy) policy = [](const at::Tensor& seen) { return at::ones({seen.size(0)}, at::kLong); };
  return ReplayFeed(std::make_shared<Counter>(), options, std::move(policy));
}

const ReplayOptions kOptions{.batch_size = 32,
                             .capacity = 50,
                             .learning_starts = 30,
                             .moves_per_step = 2,
                             .environments = 3,
                             .epsilon_start = 1.0,
                             .epsilon_end = 0.5,
                             .epsilon_moves = 200,
                             .steps = 10,
                             .seed = 4};

TEST_CASE("batches hold moves that the environment makes, and only what was terminated has ended") {
  ReplayFeed feed = feed_of(kOptions);
  feed.seek(0);
  bool ended = false, truncated = false;
  for (int step = 0; step < 40; ++step) {
    const Batch batch = feed.next();
    CHECK(batch.count == 32);
    CHECK(feed.moves() == 30 + 6 * (step + 1));
    const at::Tensor expected = batch["input"] + batch["action"].unsqueeze(1) + 1;
    CHECK(at::equal(batch["next.input"], expected));
    CHECK(at::equal(batch["reward"], expected.squeeze(1)));
    CHECK(at::equal(batch["ended"], expected.squeeze(1).ge(20).to(at::kFloat)));
    ended = ended || batch["ended"].any().item<bool>();
    // Six moves from a start below 10: those that went on past a truncation would stand where none begins.
    truncated = truncated || !batch["ended"].all().item<bool>();
  }
  CHECK(ended);
  CHECK(truncated);
}

TEST_CASE("the oldest moves make room") {
  ReplayOptions options = kOptions;
  options.batch_size = 400;
  options.learning_starts = 0;
  options.moves_per_step = 1;
  options.environments = 1;
  options.capacity = 5;
  int64_t asked = 0;
  options.epsilon_start = options.epsilon_end = 0.0;
  std::vector<float> seen;
  ReplayFeed feed = feed_of(options, [&](const at::Tensor& observations) {
    ++asked;
    seen.push_back(observations.item<float>());
    return at::zeros({1}, at::kLong);
  });
  for (int step = 1; step <= 12; ++step) {
    const at::Tensor input = feed.next()["input"].flatten();
    const std::set<float> found(input.const_data_ptr<float>(), input.const_data_ptr<float>() + input.numel());
    const size_t first = seen.size() > 5 ? seen.size() - 5 : 0;
    CHECK(found == std::set<float>(seen.begin() + static_cast<int64_t>(first), seen.end()));
    CHECK(asked == step);
  }
}

TEST_CASE("the chance of an action at random falls with the moves made") {
  ReplayOptions options = kOptions;
  options.epsilon_moves = 100;
  options.epsilon_end = 0.1;
  options.learning_starts = 0;
  options.environments = 2;
  options.moves_per_step = 1;
  options.batch_size = 1;
  options.capacity = 4000;
  ReplayFeed feed = feed_of(options);
  CHECK(feed.epsilon() == 1.0);
  while (feed.moves() < 50) feed.next();
  CHECK(feed.epsilon() == Approx(0.55));
  while (feed.moves() < 4000) feed.next();
  CHECK(feed.epsilon() == Approx(0.1));
  // The policy always says 1: zeros are half of the chances taken.
  const at::Tensor action = feed.state()[1].second;
  CHECK(action.narrow(0, 200, 3800).eq(0).to(at::kFloat).mean().item<double>() == Approx(0.05).margin(0.015));
  CHECK(action.narrow(0, 0, 40).eq(0).to(at::kFloat).mean().item<double>() > 0.2);
}

TEST_CASE("a feed that plays goes on from its state with the same bits, and goes nowhere else") {
  ReplayFeed feed = feed_of(kOptions);
  for (int step = 0; step < 17; ++step) feed.next();
  TensorList saved;
  for (const auto& [name, tensor] : feed.state()) saved.emplace_back(name, tensor.clone());
  ReplayFeed other = feed_of(kOptions);
  other.load(saved);
  other.seek(17);
  for (int step = 0; step < 20; ++step) {
    const Batch a = feed.next(), b = other.next();
    for (const Batch::Item& item : a.items()) CHECK(at::equal(item.value, b[item.name]));
  }
  CHECK_THROWS_AS(other.seek(3), c10::Error);
  saved.pop_back();
  test::check_error([&] { other.load(saved); }, ExitCode::bad_data, "\"counts\" is missing");
  saved[0].second = at::zeros({3, 1});
  test::check_error([&] { other.load(saved); }, ExitCode::bad_data, "\"input\" has another shape");
}

}  // namespace
}  // namespace dlrun::replay_feed_test
