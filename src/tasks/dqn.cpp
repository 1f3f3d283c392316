// Deep Q-learning: how much every action will be worth, learned from moves that are remembered, towards what a slower
// copy of the network says of the state after them. (Mnih et al. 2015; double: van Hasselt et al. 2016)

#include <ATen/ATen.h>

#include "base/error.h"
#include "data/replay_feed.h"
#include "spec/catalog.h"
#include "tasks/plays.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

// "online" learns, acts and answers; "target" follows it.
struct Pair final : Module {
  Pair(std::shared_ptr<Network> learning, std::shared_ptr<Network> following)
      : online(child("online", std::move(learning))), target(child("target", std::move(following))) {
    follow(1.0);
    for (const NamedTensor& parameter : target->parameters()) parameter.tensor->set_requires_grad(false);
  }

  // Moves the target this share of the way; what is no number of it (a counter) is copied.
  void follow(double share) {
    const c10::NoGradGuard no_gradients;
    const std::vector<NamedTensor> from = online->state(), to = target->state();
    for (size_t i = 0; i < to.size(); ++i) {
      if (share == 1.0 || !to[i].tensor->is_floating_point())
        to[i].tensor->copy_(*from[i].tensor);
      else
        to[i].tensor->lerp_(*from[i].tensor, share);
    }
  }

  std::shared_ptr<Network> online, target;
};

// Moves, and what came of the episodes they are of: each [episodes] float64.
struct Played {
  Batch moves;
  at::Tensor value, discounted, total;  // what the network said of the start; what came, discounted and not
};

struct Dqn final : Task, Plays {
  double gamma = 0.99;
  bool twice = false;
  int64_t buffer_size = 10000;
  int64_t learning_starts = 1000;
  int64_t moves_per_step = 1;
  int64_t environments = 1;
  double epsilon_start = 1.0, epsilon_end = 0.05;
  int64_t epsilon_moves = 10000;
  int64_t target_update = 500;
  double tau = 1.0;

  std::vector<Field> fields() override {
    return {
        field("gamma", gamma, "What a reward one move later is worth of one now (discount).", between(0, 1)),
        field(
            "double", twice,
            "Double Q-learning: the network that learns chooses the best next action, the slower copy says its worth."),
        field("buffer_size", buffer_size, "Moves that are remembered; the oldest make room.", at_least(1)),
        field("learning_starts", learning_starts, "Moves made before the first step.", at_least(0)),
        field("moves_per_step", moves_per_step, "Moves in each environment before each step.", at_least(1)),
        field("environments", environments, "Environments that are played at once.", at_least(1)),
        field("epsilon_start", epsilon_start, "Chance of an action at random at first.", between(0, 1)),
        field("epsilon_end", epsilon_end, "Chance of an action at random once epsilon_moves were made.", between(0, 1)),
        field("epsilon_moves", epsilon_moves, "Moves over which that chance goes linearly from one to the other.",
              at_least(1)),
        field("target_update", target_update, "Steps after which the slower copy follows.", at_least(1)),
        field("tau", tau, "Share of the way it follows then; 1 copies the weights.", more_than(0), at_most(1)),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"environments", "environments <= buffer_size", "must not be more than the moves that are remembered"}};
  }

  void enter(std::shared_ptr<const Environment> environment) override { environment_ = std::move(environment); }

  std::string default_loss() const override { return "huber"; }
  std::vector<std::string> default_metrics() const override { return {"episode_return"}; }
  std::string default_monitor() const override { return "val/return"; }

  Shapes shapes(const Loss&) const override {
    return {.inputs = {info().input()}, .outputs = static_cast<int64_t>(actions().size())};
  }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    return std::make_shared<Pair>(make(), make());
  }
  Network& answering(Module& all) const override {
    auto* pair = dynamic_cast<Pair*>(&all);
    return pair ? *pair->online : static_cast<Network&>(all);
  }
  std::vector<Player> players(Module& all) const override { return {{"", &answering(all)}}; }

  std::unique_ptr<Feed> feed(Module& all, const PlayOptions& options) const override {
    const ReplayOptions replay{options.batch_size, buffer_size, learning_starts, moves_per_step, environments,
                               epsilon_start,      epsilon_end, epsilon_moves,   options.steps,  options.seed};
    return std::make_unique<ReplayFeed>(environment_, replay, [this, &all](const at::Tensor& observations) {
      Network& network = answering(all);
      network.set_training(false);
      const at::Tensor best = values(network, observations).argmax(1).cpu();
      network.set_training(true);
      return best;
    });
  }

  Outcome turn(const Turn& turn) const override { return learned(turn, turn.batch); }

  void after_update(Module& all, int64_t step) const override {
    if (step % target_update == 0) static_cast<Pair&>(all).follow(tau);
  }

  // Plays the episodes that begin with the batch's samples to their end, always with the best action. The loss is that
  // of all moves in them. What is compared is the value of the start with the discounted return that came.
  Outcome evaluate(const Turn& turn) const override {
    const at::Tensor& input = turn.batch["input"];
    Network& network = answering(turn.all);
    const Played played = input.is_meta() ? glance(network, turn.batch) : play(network, turn.batch["start"]);
    Outcome outcome = learned(turn, played.moves);
    outcome.answer = answer_of(played.value);
    outcome.truth = truth_of(played.discounted);
    outcome.truth.set("return", played.total);
    return outcome;
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor all = values(network, batch["input"]).cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < all.size(0); ++i) {
      nlohmann::json worth = nlohmann::json::object();
      for (int64_t k = 0; k < all.size(1); ++k) worth[actions()[static_cast<size_t>(k)]] = all[i][k].item<double>();
      const int64_t best = all[i].argmax().item<int64_t>();
      records.push_back({{"action", actions()[static_cast<size_t>(best)]},
                         {"value", all[i][best].item<double>()},
                         {"values", worth}});
    }
    return records;
  }

 private:
  const std::vector<std::string>& actions() const {
    const FieldInfo* action = info().find("action");
    if (!action) throw UserError(ExitCode::bad_recipe, "task: dqn learns by acting, and these data have no actions");
    return action->names;
  }

  static at::Tensor values(Network& network, const at::Tensor& observations) {
    const c10::NoGradGuard no_gradients;
    return network.forward({{"input", observations.to(network.device())}})["output"];
  }

  // The loss of values against reward + gamma * worth of what came after.
  Outcome learned(const Turn& turn, const Batch& moves) const {
    Network& online = answering(turn.all);
    auto* pair = dynamic_cast<Pair*>(&turn.all);
    const at::Tensor value =
        online.forward({{"input", moves["input"]}})["output"].gather(1, moves["action"].unsqueeze(1));  // [B, 1]
    at::Tensor aim;
    {
      const c10::NoGradGuard no_gradients;
      const at::Tensor after = (pair ? *pair->target : online).forward({{"input", moves["next.input"]}})["output"];
      const at::Tensor worth =
          twice ? after.gather(1, online.forward({{"input", moves["next.input"]}})["output"].argmax(1, true))
                : after.amax(1, true);
      aim = moves["reward"].unsqueeze(1) + gamma * (1 - moves["ended"]).unsqueeze(1) * worth;
    }
    return {turn.loss.forward(answer_of(value), truth_of(aim)), {{"value", value.detach().mean()}}};
  }

  // What play() gives, in shape alone: for those who look at what would be computed.
  Played glance(Network& network, const Batch& batch) const {
    const at::Tensor value = values(network, batch["input"]).amax(1).to(at::kDouble);
    return {batch, value, at::zeros_like(value), at::zeros_like(value)};
  }

  Played play(Network& network, const at::Tensor& starts) const {
    at::Tensor states = environment_->start(starts.cpu());
    const int64_t count = states.size(0);
    Played played{{}, {}, at::zeros({count}, at::kDouble), at::zeros({count}, at::kDouble)};
    at::Tensor going = at::arange(count, at::kLong);  // episodes that have not ended
    std::vector<at::Tensor> input, action, reward, next, ended;
    for (double weight = 1.0; going.numel() > 0; weight *= gamma) {
      const at::Tensor now = states.index_select(0, going);
      input.push_back(environment_->observe(now));
      const at::Tensor worth = values(network, input.back()).cpu();
      if (!played.value.defined()) played.value = worth.amax(1).to(at::kDouble);
      action.push_back(worth.argmax(1));
      const Moved moved = environment_->move(now, action.back());
      reward.push_back(moved.reward);
      next.push_back(environment_->observe(moved.states));
      ended.push_back(moved.terminated.to(at::kFloat));
      played.total.index_add_(0, going, moved.reward.to(at::kDouble));
      played.discounted.index_add_(0, going, moved.reward.to(at::kDouble) * weight);
      states.index_copy_(0, going, moved.states);
      going = going.index_select(0, moved.terminated.logical_or(moved.truncated).logical_not().nonzero().squeeze(1));
    }
    const at::Device device = network.device();
    played.moves = Batch{{"input", at::cat(input)},
                         {"action", at::cat(action)},
                         {"reward", at::cat(reward)},
                         {"next.input", at::cat(next)},
                         {"ended", at::cat(ended)}}
                       .to(device);
    return played;
  }

  std::shared_ptr<const Environment> environment_;
};

const Registered<Task, Dqn> dqn_entry{"dqn",
                                      "Deep Q-learning: the worth of every action, from moves that are remembered."};

}  // namespace
}  // namespace dlrun
