// L-BFGS against torch.optim.LBFGS.

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::lbfgs_test {
namespace {

struct Walk {
  std::map<std::string, at::Tensor> tensors;
  std::vector<NamedTensor> slots;
  std::unique_ptr<FlatParameters> parameters;
  const Optimizer& optimizer;
  int evaluations = 0;
  int fail_at = -1;  // the evaluation that is not finite

  explicit Walk(const Optimizer& optimizer) : optimizer(optimizer) {
    const std::vector<std::pair<std::string, std::vector<int64_t>>> shapes = {
        {"a.weight", {6, 4}}, {"a.bias", {6}}, {"b.weight", {3, 2, 3, 3}}, {"c.weight", {3, 6}}};
    for (size_t k = 0; k < shapes.size(); ++k) {
      at::Tensor& tensor = tensors[shapes[k].first];
      tensor = numbers(shapes[k].second, 0.5 + static_cast<double>(k)).set_requires_grad(true);
      slots.push_back({shapes[k].first, &tensor});
    }
    optimizer.check(slots);
    parameters = std::make_unique<FlatParameters>(slots, optimizer, true);
  }

  // The loss of tests/golden/optim/lbfgs.py and its gradients.
  double learn() {
    parameters->zero_gradients();
    double loss = 0.0;
    for (size_t k = 0; k < slots.size(); ++k) {
      const at::Tensor weight = slots[k].tensor->detach();
      const at::Tensor scale = 2 + numbers(weight.sizes(), 3.0 + static_cast<double>(k)),
                       from = scale * (weight - numbers(weight.sizes(), 1.0 + static_cast<double>(k)));
      loss += (from.to(at::kDouble).cosh().log().sum() + 0.05 * weight.to(at::kDouble).square().sum()).item<double>();
      slots[k].tensor->mutable_grad().add_(scale * from.tanh() + 0.1 * weight);
    }
    return loss;
  }

  bool step() {
    const double loss = learn();
    return parameters->step({.lr = optimizer.lr}, loss, [&]() -> std::optional<double> {
      if (evaluations++ == fail_at) return {};
      return learn();
    });
  }

  void save_and_load() {
    TensorList saved;
    for (const auto& [name, tensor] : parameters->state()) saved.emplace_back(name, tensor.clone());
    auto fresh = std::make_unique<FlatParameters>(slots, optimizer, true);
    fresh->load_state(saved);
    parameters = std::move(fresh);
  }

  std::map<std::string, at::Tensor> weights() const {
    std::map<std::string, at::Tensor> weights;
    for (const auto& [name, tensor] : tensors) weights[name] = tensor.detach().clone();
    return weights;
  }
};

void check_walk(const std::string& yaml, int steps, const nlohmann::json& golden) {
  const test::OptimizerHolder holder(yaml);
  for (const bool by_checkpoint : {false, true}) {
    INFO(yaml << ", by way of checkpoints " << by_checkpoint);
    Walk walk(*holder.optimizer);
    for (int step = 0; step < steps; ++step) {
      CHECK(walk.step());
      if (by_checkpoint) walk.save_and_load();
    }
    test::check_weights(walk.weights(), golden, 3e-6);  // torch's in float64
  }
}

TEST_CASE("lbfgs goes where torch.optim.LBFGS goes, with and without a line search") {
  const nlohmann::json golden = read_golden("optim/lbfgs");
  check_walk("{type: lbfgs, lr: 0.3, max_iter: 3, line_search_fn: none}", 4, golden["none"]);
  check_walk("{type: lbfgs, lr: 0.5, max_iter: 3, history_size: 2, line_search_fn: none}", 4, golden["short_history"]);
  check_walk("{type: lbfgs, max_iter: 4}", 3, golden["strong_wolfe"]);
  check_walk("{type: lbfgs, lr: 8, max_iter: 3, history_size: 3}", 2, golden["far"]);
}

TEST_CASE("groups that are treated alike in all but name change nothing of lbfgs, and other rates are refused") {
  const test::OptimizerHolder plain("{type: lbfgs, max_iter: 4}"),
      grouped("{type: lbfgs, max_iter: 4, groups: [{match: '^b', l1: 0}]}"),
      slower("{type: lbfgs, groups: [{match: '^b', lr_scale: 0.5}]}"), layered("{type: lbfgs, layer_decay: 0.5}");
  Walk whole(*plain.optimizer), parted(*grouped.optimizer);
  whole.step();
  parted.step();
  const auto weights = whole.weights(), others = parted.weights();
  for (const auto& [name, tensor] : weights) CHECK(at::allclose(tensor, others.at(name), 1e-5, 1e-6));
  CHECK_THROWS_AS(Walk(*slower.optimizer), UserError);
  CHECK_THROWS_AS(Walk(*layered.optimizer), UserError);
}

TEST_CASE("an evaluation that gives nothing ends a step of lbfgs with nothing") {
  for (const char* yaml : {"{type: lbfgs}", "{type: lbfgs, line_search_fn: none, lr: 0.1}"}) {
    const test::OptimizerHolder holder(yaml);
    Walk walk(*holder.optimizer);
    walk.fail_at = 2;
    CHECK_FALSE(walk.step());
    CHECK(walk.evaluations == 3);
  }
}

}  // namespace
}  // namespace dlrun::lbfgs_test
