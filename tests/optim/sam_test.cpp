// The way up of sharpness-aware minimisation, against its formulas. What a step makes of it:
// tests/step/again_test.cpp.

#include "optim/sam.h"

#include <catch2/catch.hpp>

#include "trajectory.h"

namespace dlrun::sam_test {
namespace {

// A hundred steps on one buffer after the other, as tests/golden/optim/sam.py takes them.
void check_sam(const std::string& yaml, const nlohmann::json& golden) {
  INFO(yaml);
  const test::OptimizerHolder holder(yaml);
  const Optimizer& optimizer = *holder.optimizer;
  const std::vector<std::pair<std::string, std::vector<int64_t>>> shapes = {
      {"a.weight", {6, 4}}, {"a.bias", {6}}, {"b.weight", {3, 2, 3, 3}}, {"c.weight", {3, 6}}};
  std::map<std::string, at::Tensor> tensors;
  std::vector<NamedTensor> slots;
  for (size_t k = 0; k < shapes.size(); ++k) {
    at::Tensor& tensor = tensors[shapes[k].first];
    tensor = numbers(shapes[k].second, 0.5 + static_cast<double>(k)).set_requires_grad(true);
    slots.push_back({shapes[k].first, &tensor});
  }
  FlatParameters parameters(slots, optimizer, false);
  for (int64_t step = 0; step < test::trajectory_steps; ++step) {
    const auto learn = [&] {
      parameters.zero_gradients();
      for (size_t k = 0; k < slots.size(); ++k) {
        const at::Tensor& weight = *slots[k].tensor;
        const double phase = 1.0 + 0.37 * static_cast<double>(step) + static_cast<double>(k);
        weight.mutable_grad().add_(weight.detach() * 0.5 + numbers(weight.sizes(), phase));
      }
    };
    learn();
    std::vector<at::Tensor> before;
    for (const at::Tensor& buffer : parameters.buffers()) before.push_back(buffer.clone());
    optimizer.sam->climb(parameters.buffers(), parameters.gradients());
    learn();
    for (size_t i = 0; i < before.size(); ++i) parameters.buffers()[i].copy_(before[i]);
    parameters.step({.lr = optimizer.lr});
  }
  std::map<std::string, at::Tensor> found;
  for (const auto& [name, tensor] : tensors) found[name] = tensor.detach();
  test::check_weights(found, golden);
}

TEST_CASE("gradients at the end of the way up give the steps of the formulas, over all groups together") {
  const nlohmann::json golden = read_golden("optim/sam");
  const std::string groups = ", groups: [{match: '^a', weight_decay: 0}, {match: '^b', lr_scale: 1, l2: 0}]}";
  check_sam("{type: sgd, lr: 0.05, momentum: 0.9, sam: {rho: 0.3}" + groups, golden["sgd"]);
  check_sam("{type: sgd, lr: 0.05, sam: {rho: 2, adaptive: true}" + groups, golden["adaptive"]);
}

TEST_CASE("the way up is rho long, and nowhere where there is no slope") {
  const test::OptimizerHolder holder("{type: sgd, sam: {rho: 0.25}}");
  const std::vector<at::Tensor> weights = {numbers({5}), numbers({3}, 0.1)},
                                slopes = {numbers({5}, 1), numbers({3}, 2)};
  const std::vector<at::Tensor> moved = {weights[0].clone(), weights[1].clone()};
  holder.optimizer->sam->climb(moved, slopes);
  const at::Tensor way = at::cat({moved[0] - weights[0], moved[1] - weights[1]});
  CHECK(way.norm().item<double>() == Approx(0.25).epsilon(1e-5));
  const std::vector<at::Tensor> still = {weights[0].clone()};
  holder.optimizer->sam->climb(still, {at::zeros({5})});
  CHECK(at::equal(still[0], weights[0]));
}

}  // namespace
}  // namespace dlrun::sam_test
