// What every environment has as data: its options, and its splits.

#include "data/environment.h"

#include "base/error.h"
#include "base/random.h"
#include "data/tensor_split.h"

namespace dlrun {
namespace {

constexpr int64_t first_moves = 1000;

std::shared_ptr<Split> beginnings(const Environment& environment, const at::Tensor& starts) {
  if (starts.numel() == 0) return nullptr;
  return std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", environment.observe(environment.start(starts))}, {"start", starts}},
      all_rows(starts.size(0)), [](int64_t row) { return "episode " + std::to_string(row); });
}

std::shared_ptr<Split> moves(const Environment& environment, const at::Tensor& starts, uint64_t seed) {
  const at::Tensor action = at::empty_like(starts);
  Random random(seed, static_cast<uint32_t>(Chance::start_train), 0xFFFFFFFF);
  const int64_t kinds = static_cast<int64_t>(environment.actions().size());
  for (int64_t i = 0; i < action.numel(); ++i) action.data_ptr<int64_t>()[i] = random.below(kinds);
  const at::Tensor states = environment.start(starts);
  const Moved moved = environment.move(states, action);
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", environment.observe(states)},
                                                           {"action", action},
                                                           {"reward", moved.reward},
                                                           {"next.input", environment.observe(moved.states)},
                                                           {"ended", moved.terminated.to(at::kFloat)},
                                                           {"start", starts}},
                                       all_rows(starts.size(0)),
                                       [](int64_t row) { return "first move " + std::to_string(row); });
}

}  // namespace

at::Tensor episode_starts(uint64_t seed, Chance chance, int64_t first, int64_t count) {
  const at::Tensor starts = at::empty({count}, at::kLong);
  for (int64_t i = 0; i < count; ++i)
    starts.data_ptr<int64_t>()[i] = Random(seed, static_cast<uint32_t>(chance), static_cast<uint64_t>(first + i))
                                        .below(std::numeric_limits<int64_t>::max());
  return starts;
}

std::vector<Field> Environment::with_common(std::vector<Field> fields) {
  fields.push_back(field("val_episodes", val_episodes, "Episodes that a validation plays.", at_least(0)));
  fields.push_back(field("test_episodes", test_episodes, "Episodes that the test plays, other ones.", at_least(0)));
  fields.push_back(field("epoch_steps", epoch_steps, "Training steps that count as an epoch.", at_least(1)));
  return fields;
}

Splits Environment::open(const OpenOptions& options) const {
  const auto starts = [&](Chance chance, int64_t count) { return episode_starts(options.seed, chance, 0, count); };
  Splits splits;
  splits.train = moves(*this, starts(Chance::start_train, first_moves), options.seed);
  splits.val = beginnings(*this, starts(Chance::start_val, val_episodes));
  splits.test = beginnings(*this, starts(Chance::start_test, test_episodes));
  using Means = FieldInfo::Means;
  const std::vector<int64_t> sizes = {static_cast<int64_t>(observed().size())};
  splits.info.fields = {{"input", Means::numbers, sizes},
                        {"action", Means::classes, {}, actions()},
                        {"reward", Means::numbers, {}},
                        {"next.input", Means::numbers, sizes},
                        {"ended", Means::numbers, {}}};
  splits.info.features = observed();
  return splits;
}

std::shared_ptr<Split> Environment::open_inputs(const std::vector<std::string>& paths, const OpenOptions&) const {
  throw UserError(ExitCode::usage, paths.front() +
                                       ": the data of this run are an environment, which has no files. To ask its "
                                       "network about observations: export it, and predict model.onnx with tensors");
}

}  // namespace dlrun
