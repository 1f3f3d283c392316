// A feed that plays.

#include "data/replay_feed.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

namespace dlrun {

ReplayFeed::ReplayFeed(std::shared_ptr<const Environment> environment, const ReplayOptions& options, Policy policy)
    : environment_(std::move(environment)), options_(options), policy_(std::move(policy)) {
  states_ = environment_->start(episode_starts(options_.seed, Chance::start_play, 0, options_.environments));
  counts_[2] = options_.environments;
  std::vector<int64_t> sizes = environment_->observe(states_).sizes().vec();
  sizes[0] = options_.capacity;
  input_ = at::zeros(sizes, at::kFloat);
  next_ = at::zeros(sizes, at::kFloat);
  action_ = at::zeros({options_.capacity}, at::kLong);
  reward_ = at::zeros({options_.capacity}, at::kFloat);
  ended_ = at::zeros({options_.capacity}, at::kFloat);
}

void ReplayFeed::seek(int64_t step) {
  TORCH_CHECK(step == counts_[0], "a feed that plays stands at step ", counts_[0], " and cannot go to ", step);
}

double ReplayFeed::epsilon() const {
  const double share = std::min(1.0, static_cast<double>(moves()) / static_cast<double>(options_.epsilon_moves));
  return options_.epsilon_start + share * (options_.epsilon_end - options_.epsilon_start);
}

at::Tensor ReplayFeed::choose(const at::Tensor& observations) const {
  const int64_t count = observations.size(0), kinds = static_cast<int64_t>(environment_->actions().size());
  const at::Tensor actions = at::full({count}, -1, at::kLong);
  int64_t* action = actions.data_ptr<int64_t>();
  Random random(options_.seed, static_cast<uint32_t>(Chance::act), static_cast<uint64_t>(moves()));
  for (int64_t i = 0; i < count; ++i)
    if (random.chance(epsilon())) action[i] = random.below(kinds);
  if (std::find(action, action + count, -1) == action + count) return actions;
  return at::where(actions.lt(0), policy_(observations), actions);
}

void ReplayFeed::move() {
  const at::Tensor observations = environment_->observe(states_);
  const at::Tensor actions = choose(observations);
  const Moved moved = environment_->move(states_, actions);
  const at::Tensor rows = at::arange(moves(), moves() + options_.environments, at::kLong).remainder_(options_.capacity);
  input_.index_copy_(0, rows, observations);
  action_.index_copy_(0, rows, actions);
  reward_.index_copy_(0, rows, moved.reward);
  next_.index_copy_(0, rows, environment_->observe(moved.states));
  ended_.index_copy_(0, rows, moved.terminated.to(at::kFloat));
  states_ = moved.states;
  for (int64_t i = 0; i < options_.environments; ++i) {
    if (!moved.terminated.const_data_ptr<bool>()[i] && !moved.truncated.const_data_ptr<bool>()[i]) continue;
    states_[i].copy_(environment_->start(episode_starts(options_.seed, Chance::start_play, counts_[2]++, 1))[0]);
  }
  counts_[1] += options_.environments;
}

Batch ReplayFeed::next() {
  const double begun = monotonic_seconds();
  while (moves() < options_.learning_starts) move();
  for (int64_t i = 0; i < options_.moves_per_step; ++i) move();
  const at::Tensor rows = at::empty({options_.batch_size}, at::kLong);
  Random random(options_.seed, static_cast<uint32_t>(Chance::remember), static_cast<uint64_t>(counts_[0]));
  for (int64_t i = 0; i < options_.batch_size; ++i)
    rows.data_ptr<int64_t>()[i] = random.below(std::min(moves(), options_.capacity));
  Batch batch{{"input", input_.index_select(0, rows)},
              {"action", action_.index_select(0, rows)},
              {"reward", reward_.index_select(0, rows)},
              {"next.input", next_.index_select(0, rows)},
              {"ended", ended_.index_select(0, rows)}};
  batch.count = options_.batch_size;
  ++counts_[0];
  seconds_ += monotonic_seconds() - begun;
  return batch;
}

TensorList ReplayFeed::state() const {
  return {{"input", input_},
          {"action", action_},
          {"reward", reward_},
          {"next.input", next_},
          {"ended", ended_},
          {"states", states_},
          {"counts", at::tensor({counts_[0], counts_[1], counts_[2]}, at::kLong)}};
}

void ReplayFeed::load(const TensorList& saved) {
  for (const auto& [name, mine] : state()) {
    const auto found = std::find_if(saved.begin(), saved.end(), [&](const auto& item) { return item.first == name; });
    if (found == saved.end() || found->second.sizes() != mine.sizes())
      throw UserError(ExitCode::bad_data, "the moves that were remembered: \"" + name + "\" " +
                                              (found == saved.end() ? "is missing" : "has another shape"));
    if (name == "counts")
      std::copy_n(found->second.const_data_ptr<int64_t>(), 3, counts_);
    else
      mine.copy_(found->second);
  }
}

}  // namespace dlrun
